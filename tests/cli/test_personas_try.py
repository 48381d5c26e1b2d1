"""`soniclayer personas try`: a persona judges a text, by Langflow where there is one, and says who has judged."""

from __future__ import annotations

import io
import json
import shutil
import types

import pytest
from samples import CONFIG
from scripted_langflow import API_KEY, MODEL, judgement

from soniclayer.main import main

TEXT = "The stadium is sold out, and the band has not even said when."
LABELS = ("--topic=Entertainment", "--tone=Excited")
FLOW = "soniclayer_gen_z"


@pytest.fixture(autouse=True)
def no_langflow(monkeypatch):
    for name in ("LANGFLOW_BASE_URL", "LANGFLOW_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def tried(capsys):
    """Tries a persona; the exit code, and what was printed as JSON."""

    def run(*arguments, persona="gen_z", text=TEXT):
        code = main(["personas", "try", persona, text, "--json", *arguments])
        return code, json.loads(capsys.readouterr().out)

    return run


def test_answer_is_langflow_s_with_where_it_comes_from(langflow, tried):
    code, told = tried(*LABELS)
    assert (code, told["source"], told["score"], told["fault"]) == (0, "langflow", 1.0, None)
    assert told["opinion"].startswith("opinion")
    assert (told["origin"]["flow"], told["origin"]["model"], told["origin"]["attempts"]) == (FLOW, MODEL, 1)
    assert langflow.calls[0].api_key == API_KEY


def test_flow_is_asked_as_a_worker_asks_it(langflow, tried):
    tried(*LABELS)
    (call,) = langflow.calls
    assert call.flow == FLOW
    assert call.asked["persona"]["name"] == "gen_z"
    assert call.asked["segments"] == [{"id": "0000.00", "text": TEXT, "topic": "Entertainment", "tone": "Excited"}]


def test_persona_with_a_flow_and_contract_of_its_own_is_tried_through_it(langflow, tried, tmp_path):
    shutil.copytree(CONFIG, tmp_path / "config")
    path = tmp_path / "config" / "personas" / "gen_z.yaml"
    path.write_text(path.read_text().replace("prefers:", "langflow: {flow: my-own, batch: 1}\nprefers:", 1))
    code, told = tried(*LABELS, "--config-dir", str(tmp_path / "config"))
    assert (code, told["source"], told["flow"]) == (0, "langflow", "my-own")
    assert [(call.flow, call.asked) for call in langflow.calls] == [
        ("my-own", {"text": TEXT, "topic": "Entertainment", "tone": "Excited"})
    ]


def test_without_a_langflow_the_rules_answer_and_say_so(tried, capsys):
    code, told = tried(*LABELS)
    assert (code, told["source"], told["score"], told["origin"]) == (0, "rules", 5.0, None)
    assert main(["personas", "try", "gen_z", TEXT, *LABELS]) == 0
    assert "the rules (LANGFLOW_BASE_URL is not set)" in " ".join(capsys.readouterr().out.split())


def test_silent_langflow_is_told_with_the_rules_answer_and_exit_code_1(langflow, tried, capsys):
    langflow.stop()
    code, told = tried(*LABELS)
    assert (code, told["source"], told["score"]) == (1, "rules", 5.0)
    assert "cannot be reached" in told["fault"]
    assert main(["personas", "try", "gen_z", TEXT, *LABELS]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "source the rules, in place of Langflow because soniclayer_gen_z: cannot be reached" in shown


def test_answer_that_makes_no_sense_is_told_with_exit_code_1(langflow, tried):
    langflow.plays[FLOW] = lambda exchange: exchange.say("What a great segment, I would say.")
    code, told = tried(*LABELS)
    assert (code, told["source"]) == (1, "rules")
    assert told["fault"]
    assert told["origin"]["attempts"] > 1


def test_page_shows_opinion_source_flow_model_and_time_and_nothing_that_steers_a_terminal(langflow, capsys):
    hostile = judgement(4, opinion="ok \x1b[31m\x07red\u202e", rationale="a\nb")
    said = json.dumps({"evaluations": [{"id": "0000.00", **hostile}]})
    langflow.plays[FLOW] = lambda exchange: exchange.say(said, model="a\x1b[2Jmodel")
    assert main(["personas", "try", "gen_z", TEXT, *LABELS]) == 0
    captured = capsys.readouterr()
    lines = [" ".join(line.split()) for line in captured.out.splitlines()]
    assert lines[0] == "Gen Z listener: 4 of 5, 80% sure"
    assert {"rationale a b", "topic Entertainment (given)", "source langflow", "model a [2Jmodel"} <= set(lines)
    assert any(line.startswith("took ") and line.endswith(" s, 1 call") for line in lines)
    assert not {"\x1b", "\x07", "\u202e"} & set(captured.out)
    assert captured.err == ""


def test_text_comes_from_standard_input_too(langflow, tried, monkeypatch):
    monkeypatch.setattr("sys.stdin", types.SimpleNamespace(buffer=io.BytesIO(b" caf\xc3\xa9 \xff\n")))
    tried(*LABELS, text="-")
    assert langflow.calls[0].asked["segments"][0]["text"] == "café \N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nobody", TEXT], "no such persona: nobody; there are advertiser, "),
        (["gen_z", " \n"], "TEXT is empty"),
        (["gen_z", TEXT, "--topic=Nothing"], "--topic is 'Nothing': need one of Health, "),
        (["gen_z", TEXT, "--tone=Loud"], "--tone is 'Loud': need one of Informative, "),
    ],
)
def test_wrong_usage_is_told_before_anybody_is_asked(langflow, capsys, arguments, told):
    assert main(["personas", "try", *arguments]) == 2
    assert told in capsys.readouterr().err
    assert langflow.calls == []


def test_too_much_text_is_refused(langflow, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", types.SimpleNamespace(buffer=io.BytesIO(b"x" * 2**20)))
    assert main(["personas", "try", "gen_z", "-", *LABELS]) == 2
    assert "more than 64 KiB" in capsys.readouterr().err


@pytest.mark.models
def test_topic_and_tone_that_are_not_given_are_found_as_in_a_recording(models, tried, monkeypatch):
    monkeypatch.setenv("SONICLAYER_MODELS_DIR", str(models))
    code, told = tried(text="The doctor says: drink water, sleep eight hours, and see her when your damn back hurts.")
    assert (code, told["topic"]["name"], [tag["name"] for tag in told["tags"]]) == (0, "Health", ["profanity"])
    code, told = tried("--topic=Food", text="The doctor says: drink water, and sleep eight hours.")
    assert (code, told["topic"]["name"], told["tone"]["confidence"] < 1) == (0, "Food", True)


def test_missing_label_model_is_told_with_its_cure(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("SONICLAYER_MODELS_DIR", str(tmp_path))
    assert main(["personas", "try", "gen_z", TEXT]) == 1
    assert "soniclayer models fetch minilm" in capsys.readouterr().err
