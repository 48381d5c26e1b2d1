from __future__ import annotations

import argparse
import json
import os
import re
from pathlib import Path

import pytest
import yaml

from soniclayer.cli import models as command
from soniclayer.errors import ConfigError, ModelError
from soniclayer.models.catalogue import load_catalogue
from soniclayer.settings import default_config_dir

REAL = default_config_dir() / "models.yaml"


@pytest.fixture
def run(tmp_path, monkeypatch, small_model):
    """Run `soniclayer models ...` on a catalogue of one default model, whose files lie in `stick`."""
    model = small_model(None, model_bin=b"weights")
    content = {"models": [{**model.model_dump(mode="json", exclude_defaults=True), "default": True}]}
    (tmp_path / "models.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    (tmp_path / "stick" / "small").mkdir(parents=True)
    (tmp_path / "stick" / "small" / "model.bin").write_bytes(b"weights")
    monkeypatch.setenv("SONICLAYER_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("SONICLAYER_MODELS_DIR", str(tmp_path / "models"))

    def run(*args: str) -> int:
        parser = argparse.ArgumentParser()
        command.add_parser(parser.add_subparsers(required=True))
        args = parser.parse_args(["models", *args])
        return args.run(args)

    return run


def test_fetch_without_a_name_brings_the_default_models(tmp_path, run, capsys):
    assert run("fetch", "--from", str(tmp_path / "stick")) == 0
    assert capsys.readouterr().out == f"small: fetched, ready in {tmp_path}/models/small\n"


def test_second_fetch_says_unchanged(tmp_path, run, capsys):
    run("fetch", "--from", str(tmp_path / "stick"))
    capsys.readouterr()
    run("fetch", "--from", str(tmp_path / "stick"))
    assert capsys.readouterr().out.startswith("small: unchanged")


def test_fetch_that_is_piped_prints_a_line_per_file(tmp_path, run, capsys):
    run("fetch", "--from", str(tmp_path / "stick"))
    assert capsys.readouterr().err.splitlines() == [
        "small: fetching, 7 bytes",
        f"small: model.bin 7 bytes from folder {tmp_path}/stick",
    ]


def test_models_dir_option_wins_over_the_setting(tmp_path, run):
    run("fetch", "--from", str(tmp_path / "stick"), "--models-dir", str(tmp_path / "elsewhere"))
    assert (tmp_path / "elsewhere" / "small" / "model.bin").exists()
    assert not (tmp_path / "models").exists()


def test_unknown_name_is_told_with_the_known_ones(run):
    with pytest.raises(ModelError, match="no model is named 'large': there are small"):
        run("fetch", "large")


def test_verify_fails_on_a_missing_model(run, capsys):
    assert run("verify") == 1
    assert capsys.readouterr().out == ("small: missing: it is not there: run `soniclayer models fetch small`\n")


def test_verify_passes_a_fetched_model(tmp_path, run):
    run("fetch", "--from", str(tmp_path / "stick"))
    assert run("verify") == 0


def test_verify_fails_on_a_changed_byte(tmp_path, run, capsys):
    run("fetch", "--from", str(tmp_path / "stick"))
    (tmp_path / "models" / "small" / "model.bin").write_bytes(b"Weights")
    assert run("verify", "small") == 1
    assert "small: damaged: model.bin has SHA-256" in capsys.readouterr().out


def test_list_shows_name_state_and_size(tmp_path, run, capsys):
    run("fetch", "--from", str(tmp_path / "stick"))
    capsys.readouterr()
    assert run("list") == 0
    assert re.search(r"small +ready +7 bytes +MIT +tests \(default\)", capsys.readouterr().out)


def test_list_as_json_is_for_programs(tmp_path, run, capsys):
    assert run("list", "--json") == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "name": "small",
            "purpose": "tests",
            "licence": "MIT",
            "default": True,
            "size_bytes": 7,
            "state": "missing",
            "folder": str(tmp_path / "models" / "small"),
        }
    ]


def test_one_failed_model_does_not_stop_the_next(tmp_path, run, capsys):
    content = yaml.safe_load((tmp_path / "models.yaml").read_text(encoding="utf-8"))
    broken = {**content["models"][0], "name": "broken"}
    content["models"].insert(0, broken)
    (tmp_path / "models.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(ModelError, match=r"model broken: no source for model\.bin"):
        run("fetch", "--from", str(tmp_path / "stick"))
    assert "small: fetched" in capsys.readouterr().out


def test_default_models_of_the_catalogue_are_base_and_minilm():
    assert [model.name for model in load_catalogue(REAL).pick([])] == ["whisper-base", "minilm"]


def test_every_source_of_the_catalogue_is_at_a_fixed_state_or_has_no_hashes():
    for model in load_catalogue(REAL).models:
        pinned = all(file.sha256 for file in model.files)
        revisions = [source.revision for source in model.sources if source.kind == "hub"]
        assert not pinned or all(re.fullmatch(r"[0-9a-f]{40}", revision) for revision in revisions), model.name


def test_all_faults_of_a_catalogue_are_told_with_their_lines(tmp_path):
    path = tmp_path / "models.yaml"
    path.write_text(
        "models:\n"
        "  - name: ../escape\n"
        "    purpose: tests\n"
        "    files:\n"
        "      - name: model.bin\n"
        "        sha256: abc\n"
        "        size_bytes: 7\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        load_catalogue(path)
    places = [fault.split(": ")[0] + ": " + fault.split(": ")[1] for fault in caught.value.faults]
    assert places == [
        f"{path}:2: models.0.licence",
        f"{path}:2: models.0.name",
        f"{path}:6: models.0.files.0.sha256",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"files": [{"name": "a", "size_bytes": 1}]}, "sha256 and size_bytes stand together"),
        ({"files": [{"name": "a"}, {"name": "a"}]}, "names stand twice: a"),
        ({"files": []}, "at least one file"),
        (
            {"sources": [{"kind": "registry", "files": {"b": [{"package": "p==1", "member": "m"}]}}]},
            "has not: b",
        ),
        ({"sources": [{"kind": "registry", "files": {"a": [{"package": "p", "member": "m"}]}}]}, "package"),
        ({"sources": [{"kind": "ftp"}]}, "kind"),
    ],
)
def test_wrong_entry_of_the_catalogue_is_refused(tmp_path, change, message):
    entry = {"name": "small", "purpose": "tests", "licence": "MIT", "files": [{"name": "a"}], **change}
    path = tmp_path / "models.yaml"
    path.write_text(yaml.safe_dump({"models": [entry]}), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_catalogue(path)


def test_document_explains_every_key_of_the_catalogue():
    document = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
    keys = set(re.findall(r"^[ -]*([a-z_0-9]+):", REAL.read_text(encoding="utf-8"), re.MULTILINE))
    assert {key for key in keys if f"`{key}`" not in document} == set()


@pytest.mark.models
def test_whisper_tiny_is_really_fetched(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SONICLAYER_CONFIG_DIR", str(REAL.parent))
    monkeypatch.setenv("SONICLAYER_MODELS_DIR", str(tmp_path))
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers(required=True))
    args = parser.parse_args(["models", "fetch", "whisper-tiny.en"])
    assert args.run(args) == 0
    args = parser.parse_args(["models", "verify", "whisper-tiny.en"])
    assert args.run(args) == 0
    assert "whisper-tiny.en: ready" in capsys.readouterr().out


def test_in_an_installation_the_services_can_read_what_root_fetched(tmp_path, run, monkeypatch, as_installed):
    monkeypatch.setenv("SONICLAYER_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("SONICLAYER_MODELS_DIR", str(tmp_path / "models"))
    before = os.umask(0o077)
    try:
        run("fetch", "--from", str(tmp_path / "stick"))
    finally:
        os.umask(before)
    assert (tmp_path / "models/small").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "models/small/model.bin").stat().st_mode & 0o777 == 0o644
