from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soniclayer.domain.cue import count_cues, cue_pattern, find_cues


@pytest.mark.parametrize(
    ("cue", "text"),
    [
        ("laugh*", "They LAUGHED at it."),
        ("free (delivery|trial)", "with free\n delivery to you"),
        ("can('t|not) wait", "I can’t wait"),
        ("!", "What a goal!"),
        ("(20|%) off", "now 20% off"),
        ("best .{1,20} ever", "the best day of ever"),
    ],
)
def test_a_cue_is_found(cue, text):
    assert find_cues(text, [cue])


@pytest.mark.parametrize(
    ("cue", "text"),
    [
        ("art", "a party"),
        ("wow", "wowed"),
        ("may", "dismay"),
        ("laugh", "laughter"),
        ("order now", "ordernow"),
    ],
)
def test_a_cue_is_not_found_inside_a_word(cue, text):
    assert not find_cues(text, [cue])


def test_every_cue_counts_once_in_the_order_of_the_cues():
    assert find_cues("Buy now! Buy now! Call us.", ["call us", "buy now", "!", "hello"]) == [
        "Call us",
        "Buy now",
        "!",
    ]


def test_a_cue_that_is_no_expression_is_an_error():
    with pytest.raises(re.error):
        cue_pattern("(open")


@given(st.text(alphabet="abc ", min_size=1, max_size=12).filter(str.strip), st.text(alphabet=" .,!", max_size=5))
def test_plain_words_are_found_wherever_they_stand_alone(words, around):
    cue = " ".join(words.split())
    assert find_cues(f"{around} {cue} {around}", [cue])


def test_every_place_of_a_cue_counts_whatever_the_apostrophe():
    assert count_cues("I can\N{RIGHT SINGLE QUOTATION MARK}t, I don't, I won't!", ["I", r"\w+n't", "!", "you"]) == [
        3,
        3,
        1,
        0,
    ]
