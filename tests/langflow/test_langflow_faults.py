"""A language model that misbehaves, behind a real Langflow: each fault ends as docs/personas.md says, and in time."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace

import pytest
from langflow_server import LLM_TIMEOUT_S
from samples import all_personas
from stub_model import Does, opinion_of, right_answer, score_of, segments_of

from soniclayer.engines.langflow.judge import LangflowJudge
from soniclayer.engines.langflow.own_breakers import OwnBreakers
from soniclayer.jobs.judge import Question

PERSONA = next(persona for persona in all_personas() if persona.name == "parent")
TEXTS = ("The match went to penalties.", "Rates rise again.", "Zanzibar is lovely in June.")
QUESTIONS = [Question(f"0001.{number:02}", text, "Sports", "Excited") for number, text in enumerate(TEXTS)]
BUDGET_S = 3 * 10.0
"""Three times the time of a call, as `judge` of conftest.py has it."""

SILENT = {
    "hangs": Does(hangs=True),
    "trickles": Does(body=b'{"choices": []}' * 10, trickles=True),
    "drops the connection": Does(drops=True),
    "status 500": Does(status=500),
    "status 401": Does(status=401),
    "status 429": Does(status=429),
    "redirects": Does(status=302),
    "HTML": Does(body=b"<html><body>Bad gateway</body></html>"),
    "HTML with status 502": Does(status=502, body=b"<html>Bad gateway</html>"),
    "no completion": Does(body=b'{"choices": []}'),
    "empty body": Does(body=b""),
    "too much": Does(says="much " * 2**19),
}


def change(**changes):
    """An answer whose judgements have other values."""

    def answer(body):
        return json.dumps(
            {"evaluations": [judged | changes for judged in json.loads(right_answer(body))["evaluations"]]}
        )

    return answer


SENSELESS = {
    "prose": Does(says="What a lovely programme, I would listen again!"),
    "empty answer": Does(says=""),
    "null": Does(says="null"),
    "no content": Does(says=lambda body: None),
    "a lone number": Does(says="4"),
    "HTML as the answer": Does(says="<html><body>score: 4</body></html>"),
    "scores in words": Does(says=change(score="four")),
    "scores as lists": Does(says=change(score=[4])),
    "no scores": Does(says=change(score=None)),
    "opinions of a wrong type": Does(says=change(opinion={"text": "fine"})),
    "other segments": Does(says=change(id="0009.00")),
    "half an answer": Does(says=lambda body: right_answer(body)[:25]),
}


@pytest.fixture
def timed():
    """Fails when a judgement takes longer than it may."""
    started_s = time.monotonic()
    yield
    assert time.monotonic() - started_s < BUDGET_S


@pytest.mark.parametrize("fault", SILENT)
def test_a_model_that_does_not_answer_is_silence(langflow, model, judge, timed, fault):
    model.always = SILENT[fault]
    judgement = judge.judge(PERSONA, QUESTIONS)
    assert judgement.evaluations == ()
    assert judgement.silent
    assert "soniclayer_parent" in judgement.fault


@pytest.mark.parametrize("fault", SENSELESS)
def test_an_answer_that_makes_no_sense_judges_nothing_and_is_no_silence(langflow, model, judge, timed, fault):
    model.always = SENSELESS[fault]
    judgement = judge.judge(PERSONA, QUESTIONS)
    assert judgement.evaluations == ()
    assert not judgement.silent
    assert judgement.fault


def test_a_model_that_is_down_is_silence_and_is_asked_again_when_it_is_up(langflow, model, judge, timed):
    with model.down():
        assert judge.judge(PERSONA, QUESTIONS).silent
    assert_right(judge.judge(PERSONA, QUESTIONS))


UNTIDY = {
    "slow": Does(delay_s=1.0),
    "in a code fence": Does(says=lambda body: f"```json\n{right_answer(body)}\n```"),
    "in prose": Does(says=lambda body: f"Sure! Here is {{my}} JSON: {right_answer(body)} Anything else?"),
    "after thoughts": Does(says=lambda body: f'<think>Maybe {{"score": 9}}?</think>\n{right_answer(body)}'),
    "a bare array": Does(says=lambda body: json.dumps(json.loads(right_answer(body))["evaluations"])),
    "in another order": Does(says=lambda body: json.dumps(json.loads(right_answer(body))["evaluations"][::-1])),
    "scores as texts": Does(says=lambda body: re.sub(r'"score": (\d)', r'"score": "\1/5"', right_answer(body))),
    "with entries nobody asked for": Does(
        says=lambda body: right_answer(body).replace("[{", '[{"id":"0009.09","score":1,"opinion":"no"},{', 1)
    ),
}


@pytest.mark.parametrize("how", UNTIDY)
def test_a_right_answer_counts_however_it_is_wrapped(langflow, model, judge, timed, how):
    model.always = UNTIDY[how]
    assert_right(judge.judge(PERSONA, QUESTIONS))


@pytest.mark.parametrize(("said", "score"), [(11, 5), (0, 1), (-3, 1), (4.5, 4.5)])
def test_a_score_is_kept_between_one_and_five(langflow, model, judge, said, score):
    model.always = Does(says=change(score=said))
    assert {one.score for one in judge.judge(PERSONA, QUESTIONS).evaluations} == {score}


def test_segments_that_an_answer_leaves_out_are_asked_for_alone(langflow, model, judge, timed):
    model.next.append(Does(says=lambda body: json.dumps(json.loads(right_answer(body))["evaluations"][:1])))
    assert_right(judge.judge(PERSONA, QUESTIONS))
    asked = [[one["id"] for one in segments_of(request)] for request in model.requests]
    assert asked == [["0001.00", "0001.01", "0001.02"], ["0001.01"], ["0001.02"]]


def test_one_failure_in_passing_is_tried_again(langflow, model, judge, timed):
    model.next.append(Does(status=500))
    judgement = judge.judge(PERSONA, QUESTIONS)
    assert_right(judgement)
    assert judgement.origin.attempts == 2


def test_a_model_that_knows_no_forms_is_asked_without(langflow, model, judge):
    model.next.append(Does(status=400))
    assert_right(judge.judge(PERSONA, QUESTIONS))
    assert ["response_format" in request for request in model.requests] == [True, False]


@pytest.mark.parametrize("fault", ["hangs", "trickles"])
def test_a_model_without_an_end_is_given_up_by_the_flow_itself(langflow, model, fault):
    model.always = SILENT[fault]
    started_s = time.monotonic()
    reply = langflow.run(PERSONA.flow_name, json.dumps({"text": TEXTS[0], "topic": "", "tone": ""}))
    assert LLM_TIMEOUT_S <= time.monotonic() - started_s < BUDGET_S
    assert (reply.status_code, "has not answered within 3 s" in reply.text) == (500, True)


def test_an_error_tells_a_code_and_neither_the_key_nor_what_was_said_on_air(langflow, model):
    key = langflow.secrets["llm_api_key"]
    error = {"code": "invalid_api_key", "type": TEXTS[0], "message": f"Incorrect API key: {key}; {TEXTS[0]}"}
    model.always = Does(status=401, body=json.dumps({"error": error}).encode())
    reply = langflow.run(PERSONA.flow_name, json.dumps({"text": TEXTS[0], "topic": "", "tone": ""}))
    assert reply.status_code == 500
    assert "HTTP status 401, invalid_api_key, " in reply.text
    for secret in (key, TEXTS[0]):
        assert secret not in reply.text + langflow.log.read_text()


def test_a_model_that_is_not_found_is_no_flow_that_is_not_found(langflow, model):
    error = {"code": "model_not_found", "message": "The model was not found"}
    model.always = Does(status=404, body=json.dumps({"error": error}).encode())
    reply = langflow.run(PERSONA.flow_name, json.dumps({"text": TEXTS[0], "topic": "", "tone": ""}))
    assert (reply.status_code, "HTTP status 404, model_not_found, " in reply.text) == (500, True)


def test_nothing_of_a_transcript_is_in_langflows_log(langflow, model, judge):
    judge.judge(PERSONA, QUESTIONS)
    model.always = Does(status=401)
    judge.judge(PERSONA, QUESTIONS)
    assert "Zanzibar" not in langflow.log.read_text()


@pytest.mark.parametrize("wrong", ["key", "flow"])
def test_a_wrong_key_or_flow_is_silence_and_not_tried_again(langflow, model, wrong):
    key, flow = ("no such key", "") if wrong == "key" else (langflow.api_key, "no_such_flow")
    judge = LangflowJudge(langflow.url, key, breakers=OwnBreakers(), calls=4, timeout_s=10.0)
    judgements = [judge.judge(replace(PERSONA, flow=flow), QUESTIONS) for _ in range(2)]
    judge.stop()
    assert [judgement.silent for judgement in judgements] == [True, True]
    assert "breaker is open" in judgements[1].fault
    assert model.requests == []


def assert_right(judgement):
    assert [one.segment_id for one in judgement.evaluations] == [question.segment_id for question in QUESTIONS]
    assert [one.score for one in judgement.evaluations] == [score_of(text) for text in TEXTS]
    assert [one.opinion for one in judgement.evaluations] == [opinion_of(text) for text in TEXTS]
    assert judgement.fault is None
