from __future__ import annotations

import json
import shutil

import pytest
from samples import CONFIG

from soniclayer.cli.main import main


@pytest.fixture
def config(tmp_path):
    shutil.copytree(CONFIG, tmp_path / "my config")
    return tmp_path / "my config"


def test_check_says_how_many_are_fine(capsys):
    assert main(["personas", "check", "--config-dir", str(CONFIG)]) == 0
    assert capsys.readouterr().out == "6 personas are fine\n"


def test_check_tells_all_faults_of_all_files_and_exits_with_2(config, capsys):
    for name in ("gen_z", "tradie"):
        path = config / "personas" / f"{name}.yaml"
        path.write_text(path.read_text().replace("Technology", "Tehnologie"))
    assert main(["personas", "check", "--config-dir", str(config)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[1].rpartition("/")[2] for line in lines] == ["gen_z.yaml:6", "tradie.yaml:6"]


def test_check_tells_faults_of_the_labels(config, capsys):
    path = config / "labels.yaml"
    path.write_text(path.read_text().replace("\n  Food:", "\n  Foot:\n    describe: []\n  Food:"))
    assert main(["personas", "check", "--config-dir", str(config)]) == 2
    assert "topics.Foot.describe" in capsys.readouterr().err


def test_the_setting_says_where_to_look(config, capsys, monkeypatch):
    for path in (config / "personas").glob("[b-z]*.yaml"):
        path.unlink()
    monkeypatch.setenv("SONICLAYER_CONFIG_DIR", str(config))
    assert main(["personas", "check"]) == 0
    assert capsys.readouterr().out == "1 persona is fine\n"


def test_list_shows_every_persona(capsys):
    assert main(["personas", "list", "--config-dir", str(CONFIG)]) == 0
    shown = capsys.readouterr().out
    assert all(path.stem in shown for path in (CONFIG / "personas").glob("*.yaml"))


def test_list_as_json_has_what_programs_need(capsys):
    assert main(["personas", "list", "--json", "--config-dir", str(CONFIG)]) == 0
    parent = next(entry for entry in json.loads(capsys.readouterr().out) if entry["name"] == "parent")
    assert parent["disliked_tags"] == ["profanity"]
    assert len(parent["fingerprint"]) == 12
