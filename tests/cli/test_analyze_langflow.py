"""`soniclayer analyze` where a Langflow is set: it speaks for the personas, and the rules where it does not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from samples import ROOT
from scripted_langflow import MODEL

from soniclayer import main
from soniclayer.cli import analyze as command
from soniclayer.jobs.crew import ASKING

pytestmark = pytest.mark.models

FLOWS = {"soniclayer_gen_z", "soniclayer_parent"}


@pytest.fixture
def start(models, tmp_path, speech_file):
    """Starts an analysis, of the same recording each time."""
    places = {"SONICLAYER_MODELS_DIR": str(models), "SONICLAYER_UPLOADS_DIR": str(tmp_path / "store")}
    setup = {"SONICLAYER_WHISPER_MODEL": "whisper-tiny.en", "PYTHONPATH": str(ROOT)}
    source = speech_file("x.wav", 11)

    def start(**settings):
        return subprocess.Popen(
            [sys.executable, "-m", "soniclayer", "analyze", source, "--personas=gen_z,parent", "--json=-"],
            env={**os.environ, **places, **setup, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture
def analyze(start):
    """Analyses the same recording again and again: exit code, JSON, and what was said beside it."""

    def run(**settings):
        process = start(**settings)
        out, said = process.communicate(timeout=300)
        assert "stand in" not in said, "that is for the log of a service"
        return (
            process.returncode,
            json.loads(out),
            [line for line in said.splitlines() if line.startswith("soniclayer:")],
        )

    return run


def opinions(document):
    return [evaluation for segment in document["segments"] for evaluation in segment["evaluations"]]


def test_langflow_speaks_for_the_personas(analyze, langflow):
    code, document, told = analyze()
    assert (code, told) == (0, [])
    assert {(one["source"], one["provisional"], one["origin"]["model"]) for one in opinions(document)} == {
        ("langflow", False, MODEL)
    }
    assert {call.flow for call in langflow.calls} == FLOWS
    summaries = document["summary"]["personas"]
    assert {one["by_langflow"] for one in summaries} == {len(document["segments"])}


def test_rules_stand_in_for_a_silent_langflow_until_the_same_command_finds_it(analyze, langflow):
    langflow.stop()
    code, document, told = analyze()
    count = len(opinions(document))
    assert (code, document["state"]) == (0, "completed")
    assert {(one["source"], one["provisional"]) for one in opinions(document)} == {("rules", True)}
    assert {one["provisional"] for one in document["summary"]["personas"]} == {len(document["segments"])}
    words = "are by the rules, for want of an answer from Langflow: run the same command again"
    assert told == [f"soniclayer: {count} of {count} opinions {words}"]

    langflow.start()
    code, document, told = analyze()
    assert (code, told) == (0, [])
    assert {(one["source"], one["provisional"]) for one in opinions(document)} == {("langflow", False)}
    assert {one["provisional"] for one in document["summary"]["personas"]} == {0}

    calls = len(langflow.calls)
    assert analyze()[1] == document
    assert len(langflow.calls) == calls, "what is judged is not judged again"


def test_a_judge_reckons_with_the_threads_that_an_analysis_has_and_not_with_those_of_a_worker(
    tmp_path, speech_file, monkeypatch
):
    class EnoughError(Exception):
        pass

    def make_judge(settings, breakers, threads):
        raise EnoughError(threads)

    monkeypatch.setenv("SONICLAYER_WORKER_EVALUATORS", "1")
    monkeypatch.setattr(command, "engine_children", lambda *_: [])
    monkeypatch.setattr(command, "make_judge", make_judge)
    with pytest.raises(EnoughError, match=f"^{ASKING}$"):
        main.main(["analyze", str(speech_file("x.wav", 11)), f"--store={tmp_path}"])


@pytest.mark.usefixtures("langflow")
def test_opinions_from_before_there_was_a_langflow_are_told(analyze):
    _, document, told = analyze(LANGFLOW_BASE_URL="")
    assert told == []
    code, again, told = analyze()
    assert (code, again) == (0, document)
    assert len(told) == 1
    assert "stay by the rules: they were made without Langflow" in told[0]


def test_interrupt_does_not_wait_for_a_langflow_that_hangs(start, analyze, langflow):
    asked = threading.Event()
    for flow in FLOWS:
        langflow.plays[flow] = lambda exchange: (asked.set(), exchange.hold())
    process = start(SONICLAYER_LANGFLOW_TIMEOUT_S="180")
    assert asked.wait(120)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "same command" in said
    langflow.plays.clear()
    assert {one["source"] for one in opinions(analyze()[1])} == {"langflow"}
