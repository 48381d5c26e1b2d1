from __future__ import annotations

import json
from dataclasses import replace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from samples import DATA, labels_of_config

from soniclayer.domain.segment import Segment, Transcript
from soniclayer.engines.labels.embedding import EmbeddingLabels
from soniclayer.pipeline.classify import classify

LABELS = replace(
    labels_of_config(),
    topics={"Food": ("food",), "Sports": ("sports",), "Health": ("health",)},
    tones={"Neutral": ("plain",), "Excited": ("excited",)},
    topic_cues={"Sports": ("goal", "match", "team", "cup")},
    tone_cues={"Excited": ("!",)},
    neighbour_share=0.0,
    unsure_margin=0.1,
)


class FixedModel:
    """Ranks a text by what stands in it: `food 0.7` gives Food 0.7, and the others share the rest."""

    name = "fixed"

    def __init__(self):
        self.calls = []

    def rank(self, texts, labels, family):
        self.calls.append((family, len(texts)))
        return [self._ranking(text, list(labels)) for text in texts]

    def _ranking(self, text, names):
        words = text.split()
        chosen = {name: float(words[words.index(name.lower()) + 1]) for name in names if name.lower() in words}
        rest = (1 - sum(chosen.values())) / max(1, len(names) - len(chosen))
        return {name: chosen.get(name, rest) for name in names}


def transcript(*texts, kind="speech"):
    segments = (Segment(i * 15.0, i * 15.0 + 15, f"0000.{i:02d}", kind, text, ()) for i, text in enumerate(texts))
    return Transcript(0, "en", "fake", tuple(segments))


def topics(*texts, **changes):
    return [entry.topic for entry in classify(transcript(*texts), replace(LABELS, **changes), FixedModel()).segments]


def test_every_speech_segment_gets_labels_and_nothing_else_does():
    spoken, music = transcript("food 0.7", "sports 0.7"), transcript("", kind="music")
    both = Transcript(0, "en", "fake", (spoken.segments[0], *music.segments, spoken.segments[1]))
    found = classify(both, LABELS, FixedModel())
    assert [(entry.segment_id, entry.topic.name) for entry in found.segments] == [
        ("0000.00", "Food"),
        ("0000.01", "Sports"),
    ]


def test_a_window_without_speech_does_not_trouble_the_model():
    model = FixedModel()
    assert classify(transcript("", kind="silence"), LABELS, model).segments == ()
    assert model.calls == []


def test_all_segments_of_a_window_go_to_the_model_in_one_call_per_family():
    model = FixedModel()
    classify(transcript("food 0.7", "sports 0.7", "health 0.7"), LABELS, model)
    assert model.calls == [("topic", 3), ("tone", 3)]


def test_the_analysis_names_the_model_and_the_labels():
    assert classify(transcript("food 0.7"), LABELS, FixedModel()).model == f"fixed/{LABELS.fingerprint}"


def test_the_likeliest_label_wins_with_its_runner_up():
    (topic,) = topics("food 0.7 sports 0.2")
    assert (topic.name, topic.confidence, topic.runner_up, topic.unsure) == ("Food", 0.7, "Sports", False)


@pytest.mark.parametrize(("text", "unsure"), [("food 0.49 sports 0.41", True), ("food 0.51 sports 0.39", False)])
def test_a_label_is_unsure_when_the_runner_up_is_close(text, unsure):
    assert topics(text)[0].unsure is unsure


def test_cues_tip_the_scale():
    plain, cued = topics("food 0.5 sports 0.4"), topics("food 0.5 sports 0.4 what a goal for the team")
    assert (plain[0].name, cued[0].name) == ("Food", "Sports")


def test_a_fourth_cue_adds_nothing():
    three, four = topics("sports 0.1 food 0.8 goal match team", "sports 0.1 food 0.8 goal match team cup")
    assert three == four


def test_the_neighbours_topic_decides_where_a_segment_is_torn():
    texts = ("sports 0.9", "food 0.45 sports 0.44", "sports 0.9")
    assert topics(*texts)[1].name == "Food"
    assert topics(*texts, neighbour_share=0.2)[1].name == "Sports"


def test_the_neighbours_have_no_say_in_the_tone():
    loud = classify(transcript("excited 0.9", "excited 0.4"), replace(LABELS, neighbour_share=0.5), FixedModel())
    assert [entry.tone.name for entry in loud.segments] == ["Excited", "Neutral"]


@given(
    st.lists(st.tuples(st.floats(0.01, 0.6), st.sampled_from(["", "goal", "goal match!"])), min_size=1, max_size=5),
    st.floats(0, 0.5),
)
def test_confidence_is_a_probability_and_no_less_than_an_even_share(parts, share):
    found = topics(*(f"food {value} {cues}" for value, cues in parts), neighbour_share=share)
    assert all(1 / 3 - 1e-3 <= topic.confidence <= 1 for topic in found)
    assert all(topic.name != topic.runner_up for topic in found)


def cut_broadcast():
    """The sample's speech parts, each cut at sentence ends into pieces of about 15 s."""
    for part in json.loads((DATA / "broadcast" / "truth.json").read_text())["parts"]:
        length_s = part["end_s"] - part["start_s"]
        pieces = [[] for _ in range(max(1, round(length_s / 15)))]
        for sentence in part.get("sentences", ()):
            at = (sentence["start_s"] - part["start_s"]) / length_s
            pieces[int(at * len(pieces))].append(sentence["text"])
        for piece in pieces:
            if piece:
                yield part | {"text": " ".join(piece)}


def labelled_texts(part):
    texts = yaml.safe_load((DATA / "labelled_texts.yaml").read_text())
    return [text for text in texts if text["part"] == part]


def shares_right(model, texts, segments_per_window):
    """The shares of topics and of tones that are right, or as good as right by the truth's own word."""
    labels, found = labels_of_config(), []
    for start in range(0, len(texts), segments_per_window):
        window = transcript(*(text["text"] for text in texts[start : start + segments_per_window]))
        found += classify(window, labels, model).segments
    return [
        sum(getattr(entry, kind).name in (text[kind], *text[f"{kind}_also_ok"]) for entry, text in pairs) / len(texts)
        for kind in ("topic", "tone")
        for pairs in [list(zip(found, texts, strict=True))]
    ]


@pytest.fixture(scope="module")
def minilm(models):
    return EmbeddingLabels(models / "minilm", "minilm")


@pytest.mark.models
@pytest.mark.parametrize("segments_per_window", [1, 3, 4])
def test_the_sample_broadcast_gets_right_labels(minilm, segments_per_window):
    topic, tone = shares_right(minilm, list(cut_broadcast()), segments_per_window)
    assert topic >= 0.85
    assert tone >= 0.60


@pytest.mark.models
@pytest.mark.parametrize("part", ["dev", "held_out"])
def test_other_broadcast_texts_get_right_labels(minilm, part):
    topic, tone = shares_right(minilm, labelled_texts(part), 1)
    assert topic >= 0.80
    assert tone >= 0.80


@pytest.mark.parametrize("part", ["dev", "held_out"])
def test_the_labelled_texts_know_every_topic_and_tone_in_both_halves(part):
    texts, labels = labelled_texts(part), labels_of_config()
    assert {text["topic"] for text in texts} == set(labels.topics)
    assert {text["tone"] for text in texts} == set(labels.tones)
    for text in texts:
        assert {*text["topic_also_ok"]} <= set(labels.topics)
        assert {*text["tone_also_ok"]} <= set(labels.tones)
