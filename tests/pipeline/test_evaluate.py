from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import all_personas, labels_of_config

from soniclayer.domain.labels import TAG_NAMES
from soniclayer.domain.segment import Analysis, Label, Segment, SegmentLabels, Tag, Transcript
from soniclayer.pipeline.evaluate import evaluate, judge

LABELS = labels_of_config()
PERSONAS = {persona.name: persona for persona in all_personas()}
GEN_Z = PERSONAS["gen_z"]
SEGMENT = Segment(0.0, 15.0, "0000.00", "speech", "words", ())


def labels_of(topic="Sports", tone="Serious", *, sure=(0.8, 0.6), tags=(), unsure=False):
    return SegmentLabels(
        SEGMENT.segment_id,
        Label(topic, sure[0], "Food", unsure=unsure),
        Label(tone, sure[1], "Casual", unsure=unsure),
        tuple(Tag(name, "the evidence") for name in tags),
    )


def score(persona=GEN_Z, **labels):
    return judge(persona, SEGMENT, labels_of(**labels)).score


any_labels = st.builds(
    labels_of,
    topic=st.sampled_from(sorted(LABELS.topics)),
    tone=st.sampled_from(sorted(LABELS.tones)),
    sure=st.tuples(st.floats(0.05, 1), st.floats(0.05, 1)),
    tags=st.lists(st.sampled_from(TAG_NAMES), unique=True),
    unsure=st.booleans(),
)
any_persona = st.sampled_from(sorted(PERSONAS.values(), key=lambda persona: persona.name))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({}, 3.0),
        ({"topic": "Entertainment"}, 3.8),
        ({"tone": "Humorous"}, 3.6),
        ({"topic": "Entertainment", "tone": "Humorous"}, 4.4),
        ({"topic": "Business & Finance"}, 2.2),
        ({"tone": "Neutral"}, 2.4),
        ({"topic": "Entertainment", "tone": "Neutral"}, 3.2),
        ({"tags": ["advertisement"]}, 1.0),
        ({"topic": "Entertainment", "tone": "Humorous", "tags": ["advertisement"]}, 2.4),
        ({"tags": ["profanity"]}, 3.0),
        ({"topic": "Business & Finance", "tone": "Neutral", "tags": ["advertisement", "repetition"]}, 1.0),
    ],
)
def test_the_score_follows_the_rules(labels, expected):
    assert score(**labels) == pytest.approx(expected)


@given(any_persona, any_labels)
def test_the_score_is_within_1_and_5_and_the_confidence_follows_it(persona, labels):
    found = judge(persona, SEGMENT, labels)
    assert 1 <= found.score <= 5
    assert found.confidence == pytest.approx(0.5 + abs(found.score - 3) / 4, abs=1e-4)
    assert 0.5 <= found.confidence <= 1


@given(any_persona, any_labels, st.floats(0.05, 1))
def test_the_surer_a_preferred_topic_the_higher_and_a_disliked_one_the_lower_the_score(persona, labels, sure):
    surer = replace(labels, topic=replace(labels.topic, confidence=max(sure, labels.topic.confidence)))
    before, after = judge(persona, SEGMENT, labels).score, judge(persona, SEGMENT, surer).score
    if labels.topic.name in persona.preferred_topics:
        assert after >= before
    elif labels.topic.name in persona.disliked_topics:
        assert after <= before
    else:
        assert after == before


@given(any_persona, any_labels, st.sampled_from(TAG_NAMES))
def test_a_tag_never_raises_the_score(persona, labels, name):
    tagged = replace(labels, tags=(*labels.tags, Tag(name, "more evidence")))
    assert judge(persona, SEGMENT, tagged).score <= judge(persona, SEGMENT, labels).score


@given(any_persona, any_labels)
def test_the_rationale_names_topic_tone_and_the_evidence_of_every_tag(persona, labels):
    rationale = judge(persona, SEGMENT, labels).rationale
    assert f"topic {labels.topic.name}" in rationale
    assert f"tone {labels.tone.name}" in rationale
    for tag in labels.tags:
        assert f'{tag.name} ("{tag.evidence}")' in rationale


@given(any_persona, any_labels)
def test_opinion_and_note_name_what_they_rest_on_and_leave_no_brace(persona, labels):
    found = judge(persona, SEGMENT, labels)
    facts = [labels.topic.name.lower(), labels.tone.name.lower(), *(tag.evidence for tag in labels.tags)]
    for words in (found.opinion, found.note, found.rationale):
        assert any(fact in words.lower() for fact in facts)
        assert not re.search(r"[{}]", words)


@given(any_persona, any_labels)
def test_praise_and_blame_do_not_name_a_label_that_did_not_earn_them(persona, labels):
    labels = replace(labels, tags=())
    found = judge(persona, SEGMENT, labels)
    if found.score > 3.2 and labels.tone.name not in persona.preferred_tones:
        assert labels.topic.name in found.opinion
        assert found.opinion in {line.format(topic=labels.topic.name) for line in _with_topic_alone(persona)}


def _with_topic_alone(persona):
    return [line for line in persona.voice.opinions.liked if "{tone}" not in line]


def test_a_disliked_tag_is_what_the_persona_speaks_of():
    found = judge(PERSONAS["parent"], SEGMENT, labels_of(topic="Food", tags=["profanity"]))
    assert '"the evidence"' in found.opinion
    assert '"the evidence"' in found.note


def test_doubt_is_told_with_the_runner_up():
    assert "perhaps Food" in judge(GEN_Z, SEGMENT, labels_of(unsure=True)).rationale


def test_the_same_facts_give_the_same_words():
    assert judge(GEN_Z, SEGMENT, labels_of()) == judge(GEN_Z, SEGMENT, labels_of())


@pytest.mark.parametrize("topic", ["Entertainment", "Sports", "Business & Finance"])
def test_many_segments_with_the_same_labels_do_not_all_get_the_same_words(topic):
    opinions = {
        judge(GEN_Z, replace(SEGMENT, segment_id=f"0000.{number:02d}"), labels_of(topic=topic)).opinion
        for number in range(20)
    }
    assert len(opinions) >= 2


def test_personas_disagree_on_the_same_segment():
    labels = labels_of(topic="Business & Finance", tone="Analytical")
    assert score(PERSONAS["business_owner"], topic="Business & Finance", tone="Analytical") > 4
    assert judge(GEN_Z, SEGMENT, labels).score < 3


def test_a_window_is_judged_in_time_order_for_its_labelled_segments_alone():
    segments = tuple(replace(SEGMENT, segment_id=f"0002.{number:02d}") for number in range(3))
    music = replace(SEGMENT, segment_id="0002.03", kind="music", text="")
    analysed = tuple(replace(labels_of(), segment_id=segment.segment_id) for segment in segments)
    found = evaluate(GEN_Z, Transcript(2, "en", "fake", (*segments, music)), Analysis(2, "fake", analysed))
    assert [entry.segment_id for entry in found.evaluations] == ["0002.00", "0002.01", "0002.02"]
    assert (found.window, found.persona, found.fingerprint) == (2, "gen_z", GEN_Z.fingerprint)
    assert {evaluation.source for evaluation in found.evaluations} == {"rules"}
