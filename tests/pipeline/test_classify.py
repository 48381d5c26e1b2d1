from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from samples import DATA, labels_of_config
from spoken_programme import cut_programme

from soniclayer.domain.segment import Label, Segment, Transcript
from soniclayer.engines.labels.embedding import EmbeddingLabels
from soniclayer.pipeline.calibration import expected_calibration_error
from soniclayer.pipeline.classify import classify

LABELS = replace(
    labels_of_config(),
    topics={"Food": ("food",), "Sports": ("sports",), "Health": ("health",)},
    tones={"Neutral": ("plain",), "Excited": ("excited",)},
    topic_cues={"Sports": ("goal", "match", "team", "cup")},
    tone_cues={"Excited": ("!",)},
    examples=(),
    topic_stay=0.0,
    tone_stay=0.0,
    turn_stay=0.0,
    topic_unsure_margin=0.1,
    tone_unsure_margin=0.2,
)


class FixedModel:
    """Ranks a text by what stands in it: `food 0.7` gives Food 0.7, and the others share the rest."""

    name = "fixed"

    def __init__(self):
        self.calls = []

    def rank(self, texts, family):
        self.calls.append((family.name, len(texts)))
        return [self._ranking(text, list(family.phrases)) for text in texts]

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


def test_topics_and_tones_are_unsure_by_their_own_margins():
    (entry,) = classify(transcript("food 0.55 sports 0.4 excited 0.55"), LABELS, FixedModel()).segments
    assert (entry.topic.unsure, entry.tone.unsure) == (False, True)


def test_cues_tip_the_scale():
    plain, cued = topics("food 0.5 sports 0.4"), topics("food 0.5 sports 0.4 what a goal for the team")
    assert (plain[0].name, cued[0].name) == ("Food", "Sports")


def test_a_fourth_cue_adds_nothing():
    three, four = topics("sports 0.1 food 0.8 goal match team", "sports 0.1 food 0.8 goal match team cup")
    assert three == four


def test_the_neighbours_topic_decides_where_a_segment_is_torn():
    texts = ("sports 0.9", "food 0.45 sports 0.44", "sports 0.9")
    assert topics(*texts)[1].name == "Food"
    assert topics(*texts, topic_stay=0.3)[1].name == "Sports"


def test_neighbours_on_the_other_side_of_music_have_no_say():
    apart = transcript("sports 0.9", "food 0.45 sports 0.44")
    later = replace(apart.segments[1], start_s=17.1, end_s=32.1)
    found = classify(replace(apart, segments=(apart.segments[0], later)), replace(LABELS, topic_stay=0.3), FixedModel())
    assert found.segments[1].topic == topics("food 0.45 sports 0.44")[0]


def test_where_another_voice_begins_neighbours_have_a_say_of_their_own():
    talk = transcript("sports 0.9", "food 0.45 sports 0.44")
    turned = replace(talk, segments=(talk.segments[0], replace(talk.segments[1], turn=True)))
    for turn_stay, name in ((0.0, "Food"), (0.3, "Sports")):
        labels = replace(LABELS, topic_stay=0.3, turn_stay=turn_stay)
        assert classify(turned, labels, FixedModel()).segments[1].topic.name == name
        assert classify(talk, labels, FixedModel()).segments[1].topic.name == "Sports"


def test_topics_and_tones_go_on_by_their_own_measure():
    talk = transcript("food 0.45 sports 0.44 excited 0.9", "sports 0.9 excited 0.4")
    only_topics = classify(talk, replace(LABELS, topic_stay=0.5), FixedModel()).segments
    only_tones = classify(talk, replace(LABELS, tone_stay=0.5), FixedModel()).segments
    assert [(entry.topic.name, entry.tone.name) for entry in only_topics] == [
        ("Sports", "Excited"),
        ("Sports", "Neutral"),
    ]
    assert [(entry.topic.name, entry.tone.name) for entry in only_tones] == [
        ("Food", "Excited"),
        ("Sports", "Excited"),
    ]


@given(
    st.lists(st.tuples(st.floats(0.01, 0.6), st.sampled_from(["", "goal", "goal match!"])), min_size=1, max_size=5),
    st.floats(0, 0.9),
)
def test_confidence_is_a_probability_and_no_less_than_an_even_share(parts, stay):
    found = topics(*(f"food {value} {cues}" for value, cues in parts), topic_stay=stay)
    assert all(1 / 3 - 1e-3 <= topic.confidence <= 1 for topic in found)
    assert all(topic.name != topic.runner_up for topic in found)


@dataclass(frozen=True)
class Judged:
    """One label of one segment: what was claimed, and whether a fair judge accepts it."""

    label: Label
    right: bool


def judged(model, windows, kind):
    """`windows` are lists of (segment, truth); all their labels of the kind `topic` or `tone`."""
    found = []
    for number, window in enumerate(windows):
        heard = Transcript(number, "en", "fake", tuple(segment for segment, _ in window))
        for entry, (_, truth) in zip(classify(heard, labels_of_config(), model).segments, window, strict=True):
            label = getattr(entry, kind)
            found.append(Judged(label, label.name in (truth[kind], *truth[f"{kind}_also_ok"])))
    return found


def share_right(labels):
    return sum(one.right for one in labels) / len(labels)


def calibration_error(labels):
    return expected_calibration_error([one.label.confidence for one in labels], [one.right for one in labels])


def broadcast():
    """The sample's speech parts."""
    parts = json.loads((DATA / "broadcast" / "truth.json").read_text())["parts"]
    spoken = [part for part in parts if part.get("sentences")]
    return [part | {"text": " ".join(sentence["text"] for sentence in part["sentences"])} for part in spoken]


@cache
def programmes(part):
    """Windows of all the programmes that are for `part`."""
    named = yaml.safe_load((DATA / "labelled_programmes.yaml").read_text())
    return [window for one in named if one["part"] == part for window in cut_programme(one["parts"])]


@cache
def labelled_texts(part):
    """Every text is a window of its own."""
    texts = yaml.safe_load((DATA / "labelled_texts.yaml").read_text())
    return [[(Segment(0, 15, "0000.00", "speech", text["text"], ()), text)] for text in texts if text["part"] == part]


@pytest.fixture(scope="module")
def minilm(models):
    return EmbeddingLabels(models / "minilm", "minilm")


@pytest.mark.models
def test_the_sample_broadcast_gets_right_labels(minilm):
    windows = cut_programme(broadcast())
    assert share_right(judged(minilm, windows, "topic")) >= 0.85
    assert share_right(judged(minilm, windows, "tone")) >= 0.75


@pytest.mark.models
@pytest.mark.parametrize(
    ("part", "kind", "least"),
    [
        ("dev", "topic", 0.84),
        ("dev", "tone", 0.78),
        ("held_out", "topic", 0.78),
        ("held_out", "tone", 0.78),
        ("sealed", "topic", 0.7),
        ("sealed", "tone", 0.74),
    ],
)
def test_programmes_of_other_authors_get_right_labels(minilm, part, kind, least):
    assert share_right(judged(minilm, programmes(part), kind)) >= least


@pytest.mark.models
@pytest.mark.parametrize("kind", ["topic", "tone"])
@pytest.mark.parametrize("part", ["dev", "held_out"])
def test_single_texts_get_right_labels(minilm, part, kind):
    assert share_right(judged(minilm, labelled_texts(part), kind)) >= 0.88


@pytest.mark.models
@pytest.mark.parametrize(("kind", "apart"), [("topic", 0.12), ("tone", 0.05)])
@pytest.mark.parametrize("part", ["dev", "held_out"])
def test_sure_labels_are_right_clearly_more_often_than_unsure_ones(minilm, part, kind, apart):
    labels = judged(minilm, programmes(part), kind)
    sure = [one for one in labels if not one.label.unsure]
    unsure = [one for one in labels if one.label.unsure]
    assert len(unsure) >= 10
    assert share_right(sure) >= share_right(unsure) + apart


@pytest.mark.models
@pytest.mark.parametrize(("kind", "most"), [("topic", 0.11), ("tone", 0.15)])
@pytest.mark.parametrize("part", ["dev", "held_out"])
def test_confidence_is_about_the_share_that_is_right(minilm, part, kind, most):
    assert calibration_error(judged(minilm, programmes(part), kind)) <= most


@pytest.mark.parametrize("part", ["dev", "held_out"])
def test_the_labelled_texts_know_every_topic_and_tone_in_both_halves(part):
    texts = [truth for ((_, truth),) in labelled_texts(part)]
    labels = labels_of_config()
    assert {text["topic"] for text in texts} == set(labels.topics)
    assert {text["tone"] for text in texts} == set(labels.tones)


@pytest.mark.parametrize("windows", [programmes, labelled_texts])
@pytest.mark.parametrize("part", ["dev", "held_out"])
def test_every_truth_is_one_of_the_labels(windows, part):
    labels = labels_of_config()
    for _, truth in (pair for window in windows(part) for pair in window):
        assert {truth["topic"], *truth["topic_also_ok"]} <= set(labels.topics)
        assert {truth["tone"], *truth["tone_also_ok"]} <= set(labels.tones)


def test_no_example_is_one_of_the_texts_that_measure():
    learned = {example.text for example in labels_of_config().examples}
    for windows in (programmes("dev"), programmes("held_out"), labelled_texts("dev"), labelled_texts("held_out")):
        assert not learned & {truth["text"] for window in windows for _, truth in window}
