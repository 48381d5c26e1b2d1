from __future__ import annotations

import numpy as np
import pytest
from quality.edges import edges_in_words
from quality.sound import RATE_HZ, sounding
from quality.words import compare_words
from tiny import QUIET, quiet, spoken, truth

from soniclayer.domain.window import Span

PROGRAMME = truth((1, 5, "bread milk salt wine"), (6, 10, "then came home late"))


def sound_of(*spans):
    """Sound in some stretches, else quiet."""
    sound = QUIET.copy()
    for start_s, end_s in spans:
        place = slice(round(start_s * RATE_HZ), round(end_s * RATE_HZ))
        sound[place] = np.sin(np.arange(sound[place].size))
    return sound


SOUND = sound_of((1, 5), (6, 10))
SECOND = spoken(6, 10, "then came home late")


def edges(*segments, sound=SOUND, programme=PROGRAMME):
    return [edge_s for edge_s, _ in edges_in_words(programme, segments, compare_words(programme, segments), sound)]


def test_edges_between_words_are_fine():
    assert edges(spoken(1, 5, "bread milk salt wine"), SECOND, quiet(10, 20, "music")) == []


def test_an_edge_inside_a_recognised_word_of_any_segment_is_found():
    assert edges(spoken(1, 5, "bread milk salt wine"), quiet(4.5, 5.5, "silence"), SECOND) == [4.5]


def test_an_edge_that_two_segments_share_counts_once():
    over = spoken(1, 5.5, "bread milk salt wine")
    assert edges(over, quiet(5, 5.2, "noise"), quiet(5.2, 6, "music")) == [5, 5.2]


def test_an_edge_before_the_sound_of_its_last_word_has_ended_is_found():
    assert edges(spoken(1, 4.7, "bread milk salt wine"), SECOND) == [4.7]
    assert edges(spoken(1, 4.85, "bread milk salt wine"), SECOND) == []


def test_an_edge_after_the_sound_of_its_first_word_has_begun_is_found():
    assert edges(spoken(1, 5, "bread milk salt wine"), spoken(6.3, 10, "then came home late")) == [6.3]


def test_quiet_at_the_ends_of_a_true_sentence_is_no_part_of_its_words():
    fading = sound_of((1, 4), (6.9, 10))
    assert edges(spoken(1, 4, "bread milk salt wine"), spoken(6.9, 10, "then came home late"), sound=fading) == []


def test_in_the_middle_of_a_sentence_only_recognised_words_prove_anything():
    assert edges(spoken(1, 2.5, "bread milk"), spoken(3.5, 5, "salt wine"), SECOND) == []


def test_a_word_heard_as_another_proves_nothing():
    assert edges(spoken(1, 4, "bread milk salt vine"), SECOND) == []


def test_sounding_finds_the_sound_in_a_span():
    span = sounding(Span(0, 8), sound_of((1, 5)))
    assert (span.start_s, span.end_s) == pytest.approx((1, 5), abs=0.011)
    assert sounding(Span(20, 30), QUIET) == Span(20, 30)
