from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import labels_of_config

from soniclayer.domain.segment import Label
from soniclayer.pipeline.tags import find_profanity, find_repetition, find_tags

LABELS = labels_of_config()
RULES = LABELS.tags
FOOD = Label("Food", 0.8, "Health", unsure=False)
ADVERTISING = Label("Advertising & Marketing", 0.8, "Food", unsure=False)


def names(text, topic=FOOD):
    return [tag.name for tag in find_tags(text, "en", topic, LABELS)]


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("out of the way of some bloody fool doing twenty miles an hour", "bloody"),
        ("and I don't give a damn who complains.", "damn"),
        ("Shit! That's bullshit, you know, shit.", "shit, bullshit"),
        ("Sod off, you pillock.", "sod off, pillock"),
    ],
)
def test_a_swear_word_is_found_and_named(text, evidence):
    assert find_profanity(text, "en", RULES) == evidence


@pytest.mark.parametrize(
    "text",
    [
        "The Scunthorpe class met in the cockpit, near Penistone, to assess the bass and the cocktails.",
        "The man was convicted of rape. The clinic offers sexual health advice and breast cancer screening.",
        "Blue tits and an ass in the garden of uncle Dick. The gospel speaks of hell.",
        "Pass the grape juice, the shiitake mushrooms and the Essex ham.",
    ],
)
def test_what_people_must_be_able_to_report_is_no_profanity(text):
    assert find_profanity(text, "en", RULES) == ""


def test_the_language_chooses_the_list_of_swear_words():
    assert find_profanity("So ein Scheiß.", "de", RULES) == "scheiß"
    assert find_profanity("So ein Scheiß.", "en", RULES) == ""


@pytest.mark.parametrize("language", ["cy", None])
def test_a_language_without_a_list_has_no_profanity(language):
    assert find_profanity("oh shit", language, RULES) == ""


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("Thank you. Thank you. Thank you. Thank you.", '"thank you" 4 times'),
        ("and so no no no no no no no it was", '"no" 7 times'),
        (
            "we will be right back, we will be right back, we will be right back now",
            '"we will be right back" 3 times',
        ),
    ],
)
def test_a_loop_is_found_and_named(text, evidence):
    assert find_repetition(text, RULES) == evidence


@pytest.mark.parametrize(
    "text",
    ["", "no no no, not again", "very very big", "ten to one, ten to one", "the cat and the dog and the hen"],
)
def test_emphasis_and_ordinary_speech_are_no_loop(text):
    assert find_repetition(text, RULES) == ""


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=6), st.integers(3, 9))
def test_whatever_is_said_often_enough_in_a_row_is_a_loop(unit, times):
    found = find_repetition(" ".join(unit * times), RULES)
    assert bool(found) == (len(unit) * times >= RULES.repetition_words)


def test_several_advertising_cues_make_an_advertisement_whatever_the_topic():
    (tag,) = find_tags("Order today, and get free delivery on your first bag.", "en", FOOD, LABELS)
    assert (tag.name, tag.evidence) == ("advertisement", "Order today, free delivery")


def test_one_cue_is_enough_when_the_topic_is_advertising():
    text = "This hour is brought to you by the bakery."
    assert (names(text, FOOD), names(text, ADVERTISING)) == ([], ["advertisement"])


def test_talk_about_marketing_without_a_cue_is_no_advertisement():
    assert names("The marketing budget of the brand doubled last year.", ADVERTISING) == []
