"""Langflow is slow, or down: no transcription is held up, and the personas have their opinions in the end."""

from __future__ import annotations

import threading
import time

import pytest
from langflow_machine import opinions
from offered import assert_completed, since
from scripted_langflow import API_KEY, ScriptedLangflow, well
from service import wait_until

TRANSCRIBED_S = 120.0
PATIENCE_S = 150.0
JUDGED_S = 120.0
BETTER_S = 300.0
"""A breaker is half-open after 30 s, and reconcile looks every 60 s: 100 s in all, on a free machine."""


@pytest.fixture
def langflow(suite):
    """One that plays by script on the machine's loopback, and that workers ask."""
    server = ScriptedLangflow()
    with suite.machine.network():
        server.start()
    config = suite.machine.path("/opt/soniclayer/config")
    (config / "credentials" / "langflow_api_key").write_text(API_KEY)
    with (config / "worker.env").open("a") as file:
        file.write(f"LANGFLOW_BASE_URL={server.url}\nSONICLAYER_LANGFLOW_TIMEOUT_S={PATIENCE_S:g}\n")
    suite.systemctl("restart", "soniclayer-worker@*")
    yield server
    server.stop()


@pytest.mark.experiment(14, spoils=True)
def test_a_slow_langflow_holds_up_no_transcription(suite, langflow, accepted, figures, long_speech):
    """Langflow answers nothing until all of a recording is transcribed and classified, then everything."""
    answering = threading.Event()
    langflow.plays.default_factory = lambda: lambda exchange: answering.wait(TRANSCRIBED_S) and well(exchange)
    audio_id = accepted.upload(long_speech)
    uploaded_s = time.monotonic()
    wait_until(lambda: heard(suite, audio_id), TRANSCRIBED_S, suite.told)
    figures(transcribed_s=since(uploaded_s))
    assert langflow.calls
    assert not opinions(suite, audio_id)
    answering.set()
    answered_s = time.monotonic()
    wait_until(lambda: judged(suite, audio_id), JUDGED_S, suite.told)
    figures(**accepted.check(), recovered_s=since(answered_s), calls=len(langflow.calls))
    assert_completed(suite, accepted)


@pytest.mark.experiment(14, spoils=True)
def test_while_langflow_is_down_rules_stand_in_and_it_is_asked_when_it_is_back(
    suite, langflow, accepted, figures, long_speech
):
    """Langflow refuses connections until a recording has completed by rules, then it is back."""
    langflow.stop()
    audio_id = accepted.upload(long_speech)
    uploaded_s = time.monotonic()
    suite.wait_ended([audio_id])
    figures(completed_s=since(uploaded_s))
    assert {said["source"] for _, said in opinions(suite, audio_id)} == {"rules"}
    assert all(said["provisional"] for _, said in opinions(suite, audio_id))
    with suite.machine.network():
        langflow.start()
    back_s = time.monotonic()
    wait_until(lambda: judged(suite, audio_id), BETTER_S, suite.told)
    figures(**accepted.check(), recovered_s=since(back_s))
    assert_completed(suite, accepted)


def heard(suite, audio_id):
    """Whether every window is transcribed and classified."""
    stages = suite.recording(audio_id)["stages"]
    return all(stages[name]["done"] == stages[name]["total"] > 0 for name in ("prepare", "transcribe", "classify"))


def judged(suite, audio_id):
    """Whether Langflow has spoken for every persona on every segment."""
    told = [said for _, said in opinions(suite, audio_id)]
    recording = suite.recording(audio_id)
    return recording["ended"] and told and not any(said["provisional"] or said["source"] == "rules" for said in told)
