"""A real language model behind a real Langflow: the way there and back, with a JSON schema; not what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import requests
from redis_server import WITH_US
from samples import all_personas
from service import free_port, wait_until

from soniclayer.engines.langflow.judge import LangflowJudge
from soniclayer.engines.langflow.own_breakers import OwnBreakers
from soniclayer.jobs.judge import Question
from soniclayer.settings import load_settings

pytestmark = [pytest.mark.models, pytest.mark.slow]

NAME = "smollm2-135m"
CALL_S = 150.0
"""It reads some 50 words and writes some 20 in a second, on one busy core."""


@pytest.fixture
def small_model(tmp_path):
    """The URL of SmolLM2, of 135 million parameters."""
    file = load_settings().models_dir / NAME / "SmolLM2-135M-Instruct.Q4_1.gguf"
    if not file.is_file():
        pytest.skip(f"{NAME} not in {file.parent.parent}: run `soniclayer models fetch {NAME}`")
    port = free_port()
    script = Path(__file__).parent / "serve_small_model.py"
    with (tmp_path / "model.log").open("wb") as log:
        process = subprocess.Popen([*WITH_US, sys.executable, script, file, str(port)], stdout=log, stderr=log)
    wait_until(lambda: answers(f"http://127.0.0.1:{port}/health"), 60, (tmp_path / "model.log").read_text)
    yield f"http://127.0.0.1:{port}/v1"
    process.kill()
    process.wait(timeout=60)


@pytest.fixture
def judge_of_small_model(langflow_server, small_model):
    """By a Langflow that asks that model."""
    with langflow_server.asking(small_model, CALL_S):
        judge = LangflowJudge(
            langflow_server.url, langflow_server.api_key, breakers=OwnBreakers(), calls=1, timeout_s=CALL_S + 15
        )
        yield judge
        judge.stop()


def test_a_real_model_answers_in_the_form_it_is_asked_for(judge_of_small_model):
    persona = next(persona for persona in all_personas() if persona.name == "tradie")
    question = Question("0002.01", 'The new drill has "two speeds" and {a light}.', "Technology", "Excited")
    judgement = judge_of_small_model.judge(persona, [question])
    assert judgement.fault is None
    (evaluation,) = judgement.evaluations
    assert evaluation.segment_id == "0002.01"
    assert evaluation.score in {1, 2, 3, 4, 5}
    assert evaluation.opinion
    assert (judgement.origin.model, judgement.origin.attempts) == (NAME, 1)


def answers(url):
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False
