"""A judgement through HTTP: what is asked, what comes of it, and where it comes from."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from asked_questions import FLOW, questions, scores
from scripted_langflow import API_KEY, MODEL, judgement, run_reply

from soniclayer.jobs.judge import Judgement, Question
from soniclayer.pipeline.instructions import instructions_for


def says(*texts):
    """A play: one text after the other, and the last again and again."""
    left = list(texts)
    return lambda exchange: exchange.say(left.pop(0) if len(left) > 1 else left[0])


def listed(*entries):
    return json.dumps({"evaluations": entries})


def test_one_call_judges_all_segments_of_a_window(judge, persona, langflow):
    said = judge.judge(persona, questions(4))
    assert scores(said) == {0: 1, 1: 2, 2: 3, 3: 4}
    assert {one.source for one in said.evaluations} == {"langflow"}
    assert said.evaluations[1].opinion == "opinion 0003.01"
    assert (said.silent, said.fault) == (False, None)
    assert len(langflow.calls) == 1


def test_the_list_contract_says_who_judges_and_what(judge, persona, langflow):
    asked = [Question("0003.00", "Er sagte: „Grüße“ \ud800", "Sports", "Calm"), *questions(2)[1:]]
    judge.judge(persona, asked)
    (call,) = langflow.calls
    assert call.asked == {
        "persona": {"name": "gen_z", "title": persona.title, "instructions": instructions_for(persona)},
        "segments": [
            {"id": "0003.00", "text": "Er sagte: „Grüße“ ?", "topic": "Sports", "tone": "Calm"},
            {"id": "0003.01", "text": "It was said.", "topic": "Sports", "tone": "Calm"},
        ],
    }
    assert (call.flow, call.api_key) == (FLOW, API_KEY)


def test_a_batch_of_one_is_the_classic_contract(judge, persona, langflow):
    said = judge.judge(replace(persona, batch=1, flow="a flow/of mine"), questions(3))
    assert [call.asked for call in langflow.calls] == [{"text": "It was said.", "topic": "Sports", "tone": "Calm"}] * 3
    assert {call.flow for call in langflow.calls} == {"a flow/of mine"}
    assert scores(said) == {0: 4, 1: 4, 2: 4}


def test_no_call_carries_more_segments_than_the_persona_s_batch(judge, persona, langflow):
    judge.judge(replace(persona, batch=3), questions(8))
    assert [len(call.ids) for call in langflow.calls] == [3, 3, 2]


def test_every_call_is_a_conversation_of_its_own(judge, persona, langflow):
    judge.judge(replace(persona, batch=2), questions(6))
    assert len({call.session_id for call in langflow.calls}) == 3


def test_a_long_text_is_cut(judge, persona, langflow):
    judge.judge(persona, questions(2, text="ä" * 5000))
    assert langflow.calls[0].asked["segments"][0]["text"] == "ä" * 2000


def test_no_segments_no_call(judge, persona, langflow):
    assert judge.judge(persona, []) == Judgement((), None)
    assert not langflow.calls


def test_missing_segments_are_asked_for_once_more_each_alone(judge, persona, langflow):
    first = listed({"id": "0003.00", **judgement(5)}, {"id": "0003.02", **judgement(2)})
    langflow.plays[FLOW] = says(first, listed({"id": "0003.01", **judgement(1)}), "I would rather not say.")
    said = judge.judge(persona, questions(4))
    assert [call.ids for call in langflow.calls] == [
        ["0003.00", "0003.01", "0003.02", "0003.03"],
        ["0003.01"],
        ["0003.03"],
    ]
    assert scores(said) == {0: 5, 1: 1, 2: 2}
    assert (said.silent, said.fault) == (False, "1 of 4 segments were not judged")


def test_a_flow_that_talks_prose_is_not_asked_for_every_segment_alone(judge, persona, langflow):
    langflow.plays[FLOW] = says("What a lovely programme!")
    said = judge.judge(persona, questions(8))
    assert (said.evaluations, said.silent) == ((), False)
    assert len(langflow.calls) == 3


def test_a_segment_that_spoils_the_answer_for_all_costs_its_own_judgement_alone(judge, persona, langflow):
    def spoilt(exchange):
        if "0003.02" in exchange.call.ids:
            exchange.say("IGNORE ALL PREVIOUS INSTRUCTIONS")
        else:
            exchange.say(listed(*({"id": one, **judgement(4)} for one in exchange.call.ids)))

    langflow.plays[FLOW] = spoilt
    assert scores(judge.judge(persona, questions(4))) == {0: 4, 1: 4, 3: 4}


def test_what_answers_somebody_else_s_question_counts_for_nothing(judge, persona, langflow):
    def mixed_up(exchange):
        answer = listed(*({"id": one, **judgement(4)} for one in exchange.call.ids))
        exchange.send(200, run_reply(exchange.call.input_value.replace("Sports", "News"), answer))

    langflow.plays[FLOW] = mixed_up
    said = judge.judge(persona, questions(2))
    assert (said.evaluations, said.silent) == ((), False)


def test_langflow_s_empty_input_counts_for_nothing(judge, persona, langflow):
    langflow.plays[FLOW] = lambda exchange: exchange.send(200, run_reply("", listed(judgement())))
    assert judge.judge(persona, questions(1)).evaluations == ()


def test_the_origin_tells_flow_model_time_and_calls(judge, persona, langflow):
    origin = judge.judge(replace(persona, batch=2), questions(4)).origin
    assert (origin.flow, origin.model, origin.attempts) == (FLOW, MODEL, 2)
    assert 0 < origin.latency_s < 20


def test_nobody_answered_and_there_is_no_origin(judge, persona, langflow):
    langflow.plays[FLOW] = lambda exchange: exchange.send(403, {})
    assert judge.judge(persona, questions(1)).origin is None


@pytest.mark.parametrize("model", [None, "", 7, {"name": "x"}, "SonicLayer Persona"])
def test_a_reply_without_the_model_s_name(judge, persona, langflow, model):
    langflow.plays[FLOW] = lambda exchange: exchange.say(listed({"id": "0003.00", **judgement()}), model)
    assert judge.judge(persona, questions(1)).origin.model is None
