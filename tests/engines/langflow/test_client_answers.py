"""What models make of "answer with JSON": found, checked, kept within limits, matched to its segment."""

from __future__ import annotations

import json
import time
import tracemalloc
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_langflow import judgement, run_reply

from soniclayer.engines.langflow.answers import find_evaluations
from soniclayer.engines.langflow.digging import MOST_CHARS, Digger
from soniclayer.engines.langflow.faults import CallFailed
from soniclayer.engines.langflow.reply import MOST_LISTED, parse_reply

IDS = ["0003.00", "0003.01", "0003.02"]
GOOD = {"evaluations": [{"id": one, **judgement(4, one)} for one in IDS]}
TEXT = json.dumps(GOOD)


def found(text, asked=IDS):
    return {one.segment_id: one.score for one in find_evaluations([text], asked)}


@contextmanager
def a_moment():
    """Of CPU time; what is not linear takes minutes."""
    started_s = time.process_time()
    yield
    assert time.process_time() - started_s < 3


def one(**changes):
    """The evaluation made of a single judgement; None when it is none."""
    said = find_evaluations([json.dumps(judgement(**changes))], IDS[:1])
    return said[0] if said else None


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        json.dumps(GOOD, indent=2),
        json.dumps(GOOD["evaluations"]),
        f"```json\n{TEXT}\n```",
        f"Sure! Here is my answer:\n\n```\n{TEXT}\n```\nAnything else?",
        f"I am {{persona}} and [think]: {TEXT}",
        TEXT.replace("}]", "},]").replace('"}', '",}'),
        f'A 5" disc, then {TEXT.replace("}]", "}, ]")}',
        f"<think>Maybe {TEXT.replace('4', '1')}?</think>\n{TEXT}",
        "\n".join(json.dumps(each) for each in GOOD["evaluations"]),
        json.dumps({"result": GOOD}),
        TEXT[:-2],
        TEXT[:-2] + ', {"id": "0003.03", "sco',
        json.dumps({"segments": [{"id": one, "text": "said"} for one in IDS]}) + TEXT,
        "\ufeff" + TEXT,
    ],
    ids=range(15),
)
def test_json_is_found_wherever_it_stands(text):
    assert found(text) == dict.fromkeys(IDS, 4.0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "prose",
        "4",
        '"4"',
        "null",
        "[]",
        "{}",
        '{"evaluations": null}',
        '{"evaluations": 4}',
        "[[[[",
        "{{{",
        "[1, 2]",
    ],
)
def test_where_there_is_none_nothing_is_made_up(text):
    assert found(text) == {}


HARD = [
    "[" * MOST_CHARS,
    '{"a":' * 50_000,
    '[{"a' * 40_000,
    "{" + '"' * MOST_CHARS,
    "[1," * 90_000,
    '["' + '\\"' * 40_000,
    "[" * 16 + '"' + '\\"' * 30_000,
    "[" * 64 + "1, " * 20_000,
    "<think>" * 10_000,
]


@pytest.mark.parametrize("text", HARD, ids=range(len(HARD)))
def test_a_text_made_to_be_hard_takes_a_moment(text):
    with a_moment():
        assert found(text) == {}


def test_many_texts_made_to_be_hard_take_a_moment_together():
    with a_moment():
        assert find_evaluations([f"{number} {'[1,' * 20_000}" for number in range(50)], IDS) == []


@pytest.mark.parametrize("field", ["score", "confidence"])
def test_a_number_made_to_be_hard_takes_a_moment(field):
    with a_moment():
        find_evaluations([{**judgement(), field: f"5{' ' * 100_000}x"}], IDS[:1])


@given(st.text())
def test_no_text_breaks_the_digging(text):
    list(Digger().dig(text))
    list(Digger().dig("{" + text + "}"))


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["id", "score", "opinion", "confidence", "note", "evaluations"]), inner)
        ),
    )
)
def test_no_json_breaks_the_schema(value):
    for evaluation in find_evaluations([json.dumps(value)], IDS):
        assert 1 <= evaluation.score <= 5
        assert 0 <= evaluation.confidence <= 1


@pytest.mark.parametrize(
    ("said", "score"),
    [
        (4, 4.0),
        (11, 5.0),
        (0, 1.0),
        (-3, 1.0),
        (3.6, 3.6),
        (3.14159, 3.14),
        ("4", 4.0),
        (" 4 ", 4.0),
        ("3,5", 3.5),
        ("4/5", 4.0),
        ("4 out of 5", 4.0),
        (10**30, 5.0),
        (10**400, None),
        (f" {' ' * 100}4 ", 4.0),
        (True, None),
        (None, None),
        ("good", None),
        ("", None),
        ([4], None),
        ({"value": 4}, None),
        (float("nan"), None),
        (float("inf"), None),
    ],
)
def test_a_score_is_a_number_within_1_and_5(said, score):
    evaluation = one(score=said)
    assert (evaluation and evaluation.score) == score


@pytest.mark.parametrize(
    ("said", "confidence"),
    [
        (0.8, 0.8),
        (1, 1.0),
        (80, 0.8),
        (100, 1.0),
        ("0.8", 0.8),
        ("80%", 0.8),
        ("80 %", 0.8),
        (2, 1.0),
        (-1, 0.0),
        (1000, 1.0),
        ("high", 0.5),
        (None, 0.5),
        (True, 0.5),
        ([0.8], 0.5),
        (float("nan"), 0.5),
        (10**400, 0.5),
    ],
)
def test_a_confidence_is_within_0_and_1_and_0_5_where_none_is_told(said, confidence):
    assert one(confidence=said).confidence == confidence


@pytest.mark.parametrize("digits", [400, 5000])
def test_an_absurd_score_costs_nobody_else_s_judgement(digits):
    entries = [{"id": one, **judgement(4)} for one in IDS]
    text = json.dumps({"evaluations": entries}).replace('"score": 4', f'"score": {"9" * digits}', 1)
    assert found(text) == dict.fromkeys(IDS[1:], 4.0)


def test_score_and_opinion_are_needed_the_rest_is_not():
    assert one(confidence=None, rationale=None, note=7).rationale == ""
    assert find_evaluations(['{"score": 4, "opinion": "fine"}'], IDS[:1])[0].note == ""
    for missing in ("score", "opinion"):
        assert not find_evaluations([json.dumps({**judgement(), missing: None})], IDS[:1])
    assert one(opinion="") is None
    assert one(opinion=["a"]) is None


def test_long_texts_are_cut():
    said = one(opinion="o" * 999, rationale="r" * 999, note="n" * 999)
    assert [len(text) for text in (said.opinion, said.rationale, said.note)] == [300, 600, 300]
    assert said.opinion.endswith("o…")


def test_texts_are_one_line_that_every_terminal_and_file_can_bear():
    said = one(opinion="a\x1b[31m\x00b\r\n\u202ec \ud800<script>é")
    said.opinion.encode()
    assert said.opinion == "a [31m bc \ufffd<script>é".replace(" bc", " b c")


def test_an_unknown_segment_is_left_out():
    entries = [{"id": "0004.00", **judgement(1)}, {"id": "0003.09", **judgement(1)}, {"id": "0003.01", **judgement(2)}]
    assert found(json.dumps(entries)) == {"0003.01": 2}


def test_of_a_segment_judged_twice_the_first_judgement_counts():
    assert found(json.dumps([{"id": "0003.01", **judgement(2)}, {"id": "0003.01", **judgement(5)}])) == {"0003.01": 2}


@pytest.mark.parametrize("said", ["3.01", 3.01, " 0003.01 ", "segment 0003.01", "#0003.01:", "[0003.01]", "03.01"])
def test_an_id_may_be_written_in_other_ways(said):
    assert found(json.dumps([{"id": said, **judgement(2)}])) == {"0003.01": 2}


@pytest.mark.parametrize(
    "said", [3.1, "3.1", 1, "1", "second", None, "", "0003.01 and 0003.02", "10003.01", "0003.011", [1]]
)
def test_an_id_that_may_mean_two_segments_means_none(said):
    assert found(json.dumps([{"id": said, **judgement(2)}])) == {}


@pytest.mark.parametrize("said", [None, "", "1", "the segment", "0003.01", "3.1"])
def test_one_that_was_asked_for_alone_needs_no_id(said):
    assert found(json.dumps({"id": said, **judgement(2)}), ["0003.01"]) == {"0003.01": 2}


def test_one_that_was_asked_for_alone_is_not_what_is_said_of_another():
    assert found(json.dumps({"id": "0003.02", **judgement(2)}), ["0003.01"]) == {}


def test_an_id_of_brackets_in_brackets_is_none():
    deep = []
    for _ in range(5000):
        deep = [deep]
    (said,) = find_evaluations([{"id": deep, **judgement(2)}], IDS[:1])
    assert said.score == 2.0


def test_evaluations_come_in_the_order_they_were_asked_for():
    backwards = {"evaluations": GOOD["evaluations"][::-1]}
    assert list(found(json.dumps(backwards))) == IDS


PLACES = {
    "results.message.text": {"results": {"message": {"text": TEXT}}},
    "results.message.data.text": {"results": {"message": {"data": {"text": TEXT}}}},
    "results.text.data.text": {"results": {"text": {"data": {"text": TEXT}}}},
    "results.text": {"results": {"text": TEXT}},
    "outputs.message.message": {"outputs": {"message": {"message": TEXT, "type": "text"}}},
    "outputs.message.message.text": {"outputs": {"message": {"message": {"text": TEXT}, "type": "message"}}},
    "artifacts.message": {"artifacts": {"message": TEXT}},
    "artifacts.message.raw": {"artifacts": {"message": {"raw": TEXT, "type": "text"}}},
    "messages": {"messages": [{"message": TEXT, "type": "text"}]},
    "results.data": {"results": {"data": GOOD}},
    "results.data.data": {"results": {"data": {"text_key": "text", "data": GOOD}}},
    "a data frame": {"results": {"dataframe": GOOD["evaluations"]}},
}


@pytest.mark.parametrize("end", PLACES.values(), ids=PLACES)
def test_an_answer_is_found_in_every_known_place_of_a_reply(end):
    reply = parse_reply(
        json.dumps({"outputs": [{"inputs": {"input_value": "x"}, "outputs": [None, {"results": {}}, end]}]}).encode()
    )
    assert [one.segment_id for one in find_evaluations(reply.answers(), IDS)] == IDS


def test_a_text_that_stands_in_a_reply_five_times_is_looked_at_once():
    reply = parse_reply(json.dumps(run_reply("x", "prose")).encode())
    assert [answer for answer in reply.answers() if answer == "prose"] == ["prose"]


def reply_of(ends):
    return parse_reply(json.dumps({"outputs": [{"outputs": ends}]}).encode())


def test_of_a_reply_with_thousands_of_texts_the_first_are_looked_at():
    with a_moment():
        reply = reply_of([{"results": {str(number): f"text {number}" for number in range(40_000)}}])
        texts = [answer for answer in reply.answers() if isinstance(answer, str)]
    assert texts == [f"text {number}" for number in range(MOST_LISTED)]


@pytest.mark.parametrize("part", ["{}", '{"outputs":[{}]}', "0", '{"":[]}', "{},[[[{}]]]"])
def test_a_reply_of_countless_parts_is_refused_before_it_fills_the_memory(part):
    data = ('{"outputs":[' + ",".join([part] * (4 * 2**20 // (len(part) + 1) - 20)) + "]}").encode()
    tracemalloc.start()
    try:
        with pytest.raises(CallFailed, match="parts"):
            parse_reply(data)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_a_reply_with_as_many_parts_as_may_be_takes_little_memory():
    data = b'{"outputs":[' + b",".join([b"{}"] * 49_000) + b"]}"
    tracemalloc.start()
    try:
        assert len(parse_reply(data).outputs) == MOST_LISTED
        assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("said", "name"),
    [("m\ud800", "m\ufffd"), ("a\x1b[2J\nb", "a [2J b"), ("m" * 5000, "m" * 100), ("\u202e", None), (" ", None)],
)
def test_a_model_s_name_is_one_line_that_every_file_can_bear(said, name):
    assert reply_of([{"results": {"message": {"properties": {"source": {"source": said}}}}}]).model == name


@pytest.mark.parametrize(
    "outputs", [[], [{}], [{"inputs": None}], [{"inputs": {}}], [{"inputs": {"input_value": "y"}}], [{"outputs": None}]]
)
def test_only_a_reply_with_the_input_that_was_sent_is_ours(outputs):
    assert not parse_reply(json.dumps({"outputs": outputs}).encode()).echoes("x")
