"""What people type, against a real Langflow: `personas check --online`, `personas try`, and a flow of one's own."""

from __future__ import annotations

import json
import shutil

import pytest
import requests
from samples import CONFIG
from stub_model import NAME, Does, opinion_of, score_of

from soniclayer.main import main

TEXT = "Doors at eight, and they play the new album from start to end."
LABELS = ("--topic=Entertainment", "--tone=Excited")
OWN = "My-flow_2"


@pytest.fixture
def config(langflow, tmp_path, monkeypatch):
    """A copy of the configuration; the Langflow is set."""
    monkeypatch.setenv("LANGFLOW_BASE_URL", langflow.url)
    monkeypatch.setenv("LANGFLOW_API_KEY", langflow.api_key)
    shutil.copytree(CONFIG, tmp_path / "config")
    return tmp_path / "config"


@pytest.fixture
def own_flow(langflow):
    """A flow as somebody makes one in the editor: another name and id, and what it is told to be."""
    with requests.Session() as http:
        http.headers["x-api-key"] = langflow.api_key
        flows = f"{langflow.url}/api/v1/flows/"
        heads = http.get(flows, params={"get_all": "true", "header_flows": "true"}, timeout=30).json()
        (ours,) = [head["id"] for head in heads if head["endpoint_name"] == "soniclayer_gen_z"]
        flow = http.get(f"{flows}{ours}", timeout=30).json()
        told = {"name": "My flow", "endpoint_name": OWN, "description": "", "data": flow["data"]}
        made = http.post(flows, json=told, timeout=30)
        assert made.status_code == 201, made.text
        yield OWN
        http.delete(f"{flows}{made.json()['id']}", timeout=30).raise_for_status()


def told(capsys, config, *words):
    """Exit code and JSON of `personas try`."""
    code = main(["personas", "try", *words, *LABELS, "--json", "--config-dir", str(config)])
    return code, json.loads(capsys.readouterr().out)


def test_every_generated_flow_is_found(config, langflow, capsys):
    assert main(["personas", "check", "--online", "--config-dir", str(config)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"{langflow.url} has their flows"


def test_persona_answers_through_its_generated_flow(config, model, capsys):
    code, found = told(capsys, config, "gen_z", TEXT)
    assert (code, found["source"], found["score"], found["opinion"]) == (
        0,
        "langflow",
        score_of(TEXT),
        opinion_of(TEXT),
    )
    assert (found["origin"]["model"], len(found["origin"]["flow_fingerprint"])) == (NAME, 12)


def test_edited_persona_is_another_to_the_model_without_another_flow(config, model, capsys):
    path = config / "personas" / "gen_z.yaml"
    path.write_text(path.read_text().replace("Nineteen, half listening", "Ninety, listening"))
    assert told(capsys, config, "gen_z", TEXT)[0] == 0
    assert "Ninety, listening" in model.requests[-1]["messages"][0]["content"]


@pytest.mark.parametrize("batch", [1, 8])
def test_persona_answers_through_a_flow_of_one_s_own(config, own_flow, model, capsys, batch):
    path = config / "personas" / "gen_z.yaml"
    path.write_text(path.read_text() + f"langflow: {{flow: {own_flow}, batch: {batch}}}\n")
    assert main(["personas", "check", "--online", "--config-dir", str(config)]) == 0
    capsys.readouterr()
    code, found = told(capsys, config, "gen_z", TEXT)
    assert (code, found["source"], found["origin"]["flow"]) == (0, "langflow", OWN)


def test_flow_that_is_not_there_is_named_and_the_rules_stand_in(config, capsys):
    path = config / "personas" / "gen_z.yaml"
    path.write_text(path.read_text() + "langflow: {flow: nowhere}\n")
    assert main(["personas", "check", "--online", "--config-dir", str(config)]) == 1
    assert "has no flow nowhere" in capsys.readouterr().err
    code, found = told(capsys, config, "gen_z", TEXT)
    assert (code, found["source"]) == (1, "rules")
    assert "404" in found["fault"]


def test_wrong_key_is_told(config, capsys, monkeypatch):
    monkeypatch.setenv("LANGFLOW_API_KEY", "sk-wrong")
    assert main(["personas", "check", "--online", "--config-dir", str(config)]) == 1
    assert "Langflow refuses with status 403" in capsys.readouterr().err
    code, found = told(capsys, config, "gen_z", TEXT)
    assert (code, "403" in found["fault"]) == (1, True)


def test_model_that_talks_instead_of_judging_is_told(config, model, capsys):
    model.always = Does(says="What a lovely programme!")
    code, found = told(capsys, config, "gen_z", TEXT)
    assert (code, found["source"], found["fault"]) == (1, "rules", "1 of 1 segments were not judged")
