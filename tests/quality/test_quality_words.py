from __future__ import annotations

import pytest
from quality.normalise import normalise, tokens
from quality.words import compare_words
from tiny import quiet, spoken, truth

from soniclayer.domain.segment import Word


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("twenty five percent", "25%"),
        ("My neighbour's favourite colour", "my neighbor's favorite color"),
        ("I'm sure they don't", "I am sure they do not"),
        ("Up at seven thirty.", "up at 7:30"),
        ("Okay, half-time!", "OK half time"),
        ("Dr. Brown, um, left", "Doctor Brown left"),
    ],
)
def test_ways_to_write_the_same_words_are_no_errors(one, other):
    assert normalise(one) == normalise(other)


def test_different_words_stay_different():
    assert normalise("the bill passed") != normalise("the pill passed")


def test_a_token_has_the_time_of_the_words_it_was_made_of():
    words = [Word(0, 1, " for", 1.0), Word(1, 2, " twenty", 1.0), Word(2, 3, " five", 1.0), Word(3, 4, " days", 1.0)]
    assert [(token.text, token.start_s, token.end_s) for token in tokens(words)] == [
        ("for", 0, 1),
        ("25", 1, 3),
        ("days", 3, 4),
    ]


def test_the_error_rate_counts_wrong_missing_and_made_up_words_of_those_said():
    programme = truth((0, 5, "one cat sat on mats"), (6, 10, "and two dogs ran home"))
    compared = compare_words(programme, [spoken(0, 5, "one bat sat on mats"), spoken(6, 10, "and dogs ran home then")])
    assert (compared.substitutions, compared.deletions, compared.insertions) == (1, 1, 1)
    assert compared.error_rate == pytest.approx(3 / 10)


def test_each_error_tells_what_was_said_and_heard_and_when():
    programme = truth((0, 5, "the cat sat on mats"), (6, 10, "and all dogs ran home"))
    errors = compare_words(
        programme, [spoken(0.5, 5.5, "the bat sat on mats"), spoken(6, 10, "and dogs ran home")]
    ).errors
    assert [(error.said, error.heard) for error in errors] == [("cat", "bat"), ("all", "")]
    assert (errors[0].start_s, errors[0].end_s) == (1.5, 2.5)
    assert 6 < errors[1].start_s < 8


def test_a_sentence_that_two_segments_share_is_whole():
    programme = truth((0, 8, "we sold twenty five loaves of fresh bread today"))
    assert (
        compare_words(
            programme, [spoken(0, 4, "we sold twenty"), spoken(4, 8, "five loaves of fresh bread today")]
        ).error_rate
        == 0
    )


def test_nothing_heard_is_all_missing_and_nothing_said_has_no_rate():
    assert compare_words(truth((0, 5, "a b c")), []).error_rate == 1
    silent = compare_words(truth((0, 5, "music")), [quiet(0, 5, "music"), spoken(5, 6, "you")])
    assert (silent.error_rate, silent.insertions) == (None, 1)
