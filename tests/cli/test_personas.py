from __future__ import annotations

import json
import shutil

import pytest
from samples import CONFIG

from soniclayer.main import main


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
    assert (parent["flow"], parent["batch"]) == ("soniclayer_parent", 8)


def test_list_shows_which_flow_speaks_for_whom(config, capsys):
    path = config / "personas" / "parent.yaml"
    path.write_text(path.read_text().replace("prefers:", "langflow: {flow: my-own, batch: 1}\nprefers:", 1))
    assert main(["personas", "list", "--config-dir", str(config)]) == 0
    shown = capsys.readouterr().out
    assert all(words in shown for words in ("soniclayer_gen_z", "8 segments a call", "my-own", "1 segment a call"))


def flow(name):
    return {"id": f"id of {name}", "endpoint_name": name, "updated_at": "2026-01-01"}


def test_check_online_is_content_when_every_flow_is_there(langflow, capsys):
    langflow.flows = [flow(f"soniclayer_{path.stem}") for path in (CONFIG / "personas").glob("*.yaml")]
    assert main(["personas", "check", "--online", "--config-dir", str(CONFIG)]) == 0
    assert capsys.readouterr().out == f"6 personas are fine\n{langflow.url} has their flows\n"


def test_check_online_names_the_personas_whose_flow_is_not_there(langflow, config, capsys):
    path = config / "personas" / "parent.yaml"
    path.write_text(path.read_text().replace("prefers:", "langflow: {flow: my-own}\nprefers:", 1))
    names = ("advertiser", "business_owner", "commuter", "tradie")
    langflow.flows = [flow(f"soniclayer_{name}") for name in names]
    assert main(["personas", "check", "--online", "--config-dir", str(config)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"soniclayer: gen_z: {langflow.url} has no flow soniclayer_gen_z, which is generated for gen_z.yaml",
        f"soniclayer: parent: {langflow.url} has no flow my-own",
    ]


def test_check_online_says_that_nobody_answers(langflow, capsys):
    langflow.stop()
    assert main(["personas", "check", "--online", "--config-dir", str(CONFIG)]) == 1
    assert "Langflow cannot be reached" in capsys.readouterr().err


def test_check_online_needs_a_langflow(monkeypatch, capsys):
    monkeypatch.delenv("LANGFLOW_BASE_URL", raising=False)
    assert main(["personas", "check", "--online", "--config-dir", str(CONFIG)]) == 2
    assert "LANGFLOW_BASE_URL is not set" in capsys.readouterr().err
