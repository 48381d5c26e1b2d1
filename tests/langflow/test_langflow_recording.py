"""Recordings with a real Langflow, end to end: what happens when it dies, and when one persona's model hangs."""

from __future__ import annotations

import json
import re

import pytest
from samples import all_personas
from service import running_service, wait_until
from stub_model import Does, opinion_of, rationale_of, score_of, title_in

pytestmark = [pytest.mark.models, pytest.mark.slow]

TITLES = {persona.name: persona.title for persona in all_personas()}
BETTER_S = 300.0
"""A breaker is half-open after 30 s, and reconcile looks every 60 s: 100 s in all, on a free machine."""


@pytest.fixture
def service(tmp_path, models, langflow, model):
    """With one worker, which asks Langflow."""
    settings = {
        "LANGFLOW_BASE_URL": langflow.url,
        "LANGFLOW_API_KEY": langflow.api_key,
        "SONICLAYER_LANGFLOW_TIMEOUT_S": "10",
    }
    with running_service(tmp_path / "service", models, workers=1, **settings) as service:
        yield service


def test_a_langflow_that_dies_costs_no_recording_and_is_asked_again_when_it_is_back(
    service, langflow, model, long_speech
):
    model.always = Does(delay_s=0.3)
    audio_id = service.upload(long_speech)
    wait_until(lambda: "langflow" in sources(evaluations(service)), 120, service.told)
    langflow.kill()
    model.always = Does()
    wait_until(lambda: open_breakers(service), 120, service.told)
    service.wait_ended([audio_id])
    assert service.state(audio_id) == "completed"
    first = evaluations(service)
    assert sources(first) == {"langflow", "rules"}
    assert any(evaluation["provisional"] for evaluation in first.values())

    langflow.start()
    wait_until(lambda: not provisional(service, audio_id), BETTER_S, service.told)
    assert service.state(audio_id) == "completed"
    assert open_breakers(service) == []
    texts = texts_of(service)
    final = {name: evaluation for name, evaluation in evaluations(service).items() if not evaluation["provisional"]}
    assert {(window_of(name), evaluation["persona"]) for name, evaluation in final.items()} == {
        (window, persona) for window in {segment_id[:4] for segment_id in texts} for persona in TITLES
    }
    for evaluation in final.values():
        for one in evaluation["evaluations"]:
            assert said(one) == right(texts[one["segment_id"]], evaluation["persona"])


def test_a_model_that_hangs_for_one_persona_holds_up_no_other(service, model, speech_file):
    hanging = "advertiser"
    model.always = lambda body: Does(hangs=title_in(body) == TITLES[hanging])
    audio_id = service.upload(speech_file("speech.wav", 11))
    service.wait_ended([audio_id])
    assert service.state(audio_id) == "completed"
    sources = {
        one["persona"]: {judged["source"] for judged in one["evaluations"]} for one in evaluations(service).values()
    }
    assert sources == {name: {"rules" if name == hanging else "langflow"} for name in TITLES}


def evaluations(service):
    """Those that the store has, by name, provisional ones too."""
    return {name: json.loads(data) for name, data in service.results().items() if "/evaluations/" in name}


def sources(found):
    return {one["source"] for evaluation in found.values() for one in evaluation["evaluations"]}


def provisional(service, audio_id):
    return service.run(audio_id).survey().provisional


def texts_of(service):
    transcripts = [json.loads(data) for name, data in service.results().items() if name.endswith("/transcript.json")]
    segments = [segment for transcript in transcripts for segment in transcript["segments"]]
    return {segment["segment_id"]: segment["text"] for segment in segments if segment["kind"] == "speech"}


def window_of(name):
    return re.search(r"windows/(\d+)/", name)[1]


def said(evaluation):
    return {name: evaluation[name] for name in ("score", "opinion", "rationale", "source")}


def right(text, persona):
    return {
        "score": score_of(text),
        "opinion": opinion_of(text),
        "rationale": rationale_of(TITLES[persona]),
        "source": "langflow",
    }


def open_breakers(service):
    lines = service.get("/metrics").text.splitlines()
    return [
        line for line in lines if line.startswith("soniclayer_langflow_breaker_open{") and not line.endswith(" 0.0")
    ]
