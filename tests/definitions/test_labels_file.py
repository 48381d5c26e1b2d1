from __future__ import annotations

from collections import Counter

import pytest
import yaml
from samples import CONFIG, labels_of_config

from soniclayer.definitions.labels import load_labels
from soniclayer.errors import ConfigError

TOPICS = """
Health, Entertainment, Politics, Technology, Food, Education, Environment, Science, Business & Finance,
Sports, Travel, Lifestyle, Culture & Arts, Crime & Law, Weather & Climate, Community & Local,
International Affairs, Advertising & Marketing, Religion & Spirituality, Opinion & Editorial
"""
TONES = """
Informative, Humorous, Excited, Neutral, Controversial, Serious, Positive, Negative, Sarcastic, Emotional,
Inspirational, Dramatic, Cautious, Analytical, Casual
"""


def changed(tmp_path, *steps, to):
    """The labels file with one thing changed."""
    content = yaml.safe_load((CONFIG / "labels.yaml").read_text())
    place = content
    for step in steps[:-1]:
        place = place[step]
    place[steps[-1]] = to
    path = tmp_path / "labels.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True))
    return path


def test_the_labels_are_the_ones_that_were_agreed():
    labels = labels_of_config()
    assert list(labels.topics) == [name.strip() for name in TOPICS.split(",")]
    assert list(labels.tones) == [name.strip() for name in TONES.split(",")]


def test_every_label_has_several_descriptions_that_differ():
    labels = labels_of_config()
    for phrases in (*labels.topics.values(), *labels.tones.values()):
        assert len(set(phrases)) == len(phrases) >= 4


def test_every_label_has_many_examples_and_no_text_stands_twice():
    labels = labels_of_config()
    for family in (labels.topic_family, labels.tone_family):
        counts = Counter(label for label, _ in family.examples)
        assert min(counts[label] for label in family.phrases) >= 15
    assert len({example.text for example in labels.examples}) == len(labels.examples)


def test_examples_are_optional_and_so_is_one_of_their_labels(tmp_path):
    path = changed(tmp_path, "examples", to=[{"text": "Good morning.", "tone": "Casual"}])
    labels = load_labels(path)
    assert labels.tone_family.examples == (("Casual", "Good morning."),)
    assert labels.topic_family.examples == ()


def test_an_edited_description_changes_the_fingerprint(tmp_path):
    path = changed(tmp_path, "topics", "Food", "describe", 0, to="things to eat")
    assert load_labels(path).fingerprint != labels_of_config().fingerprint


def test_a_label_is_added_without_code(tmp_path):
    path = changed(tmp_path, "topics", "Gardening", to={"describe": ["gardening, plants and soil"]})
    assert load_labels(path).topics["Gardening"] == ("gardening, plants and soil",)


@pytest.mark.parametrize(
    ("steps", "to", "fault"),
    [
        (("topics", "Food", "describe"), [], "topics.Food.describe: "),
        (("topics", "Food", "colour"), "red", "topics.Food.colour: no such key"),
        (("tones", "Casual", "cues"), ["(open"], "tones.Casual.cues.0: a cue must be a regular expression"),
        (("tones", "Casual", "cues"), ["x?"], "tones.Casual.cues.0: a cue must not match an empty text"),
        (("tones",), {"One": {"describe": ["a"]}}, "tones: "),
        (("tags", "advertisement", "topic"), "Ads", "tags: advertisement.topic 'Ads' is none of the topics"),
        (("rules", "topic_stay"), 1.0, "rules.topic_stay: "),
        (("style",), ["(open"], "style.0: a cue must be a regular expression"),
        (("examples", 0, "text"), "", "examples.0.text: "),
        (("examples", 0, "topic"), "Fod", "examples: none of the topics: 'Fod' (1 examples)"),
        (("examples", 0, "tone"), "Loud", "examples: none of the tones: 'Loud' (1 examples)"),
        (("tags", "repetition", "times"), 1, "tags.repetition.times: "),
    ],
)
def test_a_wrong_label_file_is_told_with_its_place(tmp_path, steps, to, fault):
    with pytest.raises(ConfigError) as caught:
        load_labels(changed(tmp_path, *steps, to=to))
    (line,) = caught.value.faults
    assert fault in line
