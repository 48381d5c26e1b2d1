"""Spans and pauses from made probabilities."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soniclayer.domain.window import Span
from soniclayer.pipeline.voice import inside, joined, padded, pauses, voiced


def probabilities(*runs):
    """(seconds, probability) one after the other."""
    return np.concatenate([np.full(round(seconds / 0.032), p) for seconds, p in runs]).astype(np.float32)


def test_speech_begins_at_0_5_and_goes_on_down_to_0_35():
    (span,) = voiced(probabilities((0.96, 0.45), (0.96, 0.6), (0.96, 0.4), (0.96, 0.3)), 0)
    assert (span.start_s, span.end_s) == (0.96, 2.88)


def test_times_count_from_the_start_of_the_recording():
    (span,) = voiced(probabilities((0.96, 0), (0.96, 1)), 1000)
    assert (span.start_s, span.end_s) == (32.96, 33.92)


def test_a_blip_alone_is_no_speech_but_a_short_word_near_others_is():
    assert voiced(probabilities((3.2, 0), (0.128, 1), (3.2, 0)), 0) == []
    assert len(voiced(probabilities((0.96, 1), (0.96, 0), (0.128, 1), (3.2, 0)), 0)) == 2
    assert len(voiced(probabilities((0.96, 1), (1.6, 0), (0.128, 1), (3.2, 0)), 0)) == 1


@pytest.mark.parametrize(
    ("seconds", "probability", "heard"),
    [(0.32, 0.85, True), (0.32, 0.75, False), (0.256, 0.95, False), (0.96, 0.75, False), (1.024, 0.55, True)],
)
def test_a_word_alone_is_heard_when_it_is_sure_or_long(seconds, probability, heard):
    alone = probabilities((3.2, 0), (seconds, probability), (3.2, 0))
    assert bool(voiced(alone, 0)) == heard


def test_what_is_no_speech_after_all_is_part_of_the_pause():
    found = pauses(probabilities((1.6, 1), (3.2, 0), (0.128, 0.7), (3.2, 0), (1.6, 1)), 0)
    assert [(p.start_s, p.end_s) for p in found] == [(1.6, 8.128)]


def test_a_pause_is_0_2_s_or_more_without_speech():
    found = pauses(probabilities((0.96, 1), (0.192, 0.1), (0.96, 1), (0.224, 0.1), (0.96, 1)), 0)
    assert [(p.start_s, p.end_s) for p in found] == [(2.112, 2.336)]


def test_spans_are_padded_inside_their_window_and_to_the_middle_of_short_pauses():
    spans = [Span(10, 10.1), Span(12, 13), Span(13.5, 14), Span(19.9, 20)]
    assert padded(spans, Span(10, 20)) == (Span(10, 10.4), Span(11.7, 13.25), Span(13.25, 14.3), Span(19.6, 20))


def test_what_lies_outside_a_window_is_left_out():
    spans = [Span(1, 2), Span(9, 10.1), Span(12, 13), Span(19.9, 25), Span(30, 31)]
    assert inside(spans, Span(10, 20)) == (Span(10, 10.1), Span(12, 13), Span(19.9, 20))


@given(st.lists(st.floats(0, 1, width=32), max_size=300), st.integers(0, 100_000))
def test_no_pause_reaches_into_speech_of_a_word_s_length_at_its_loud_part(values, first):
    found = np.array(values, np.float32)
    spans, gaps = voiced(found, first), pauses(found, first)
    assert all(a.end_s <= b.start_s for a, b in pairwise(spans))
    assert all(g.end_s <= s.start_s or g.start_s >= s.end_s for g in gaps for s in spans)


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0.1, 5)), max_size=20), st.floats(0, 5))
def test_joined_spans_lie_further_apart_than_the_gap(spans, gap_s):
    found = joined(sorted((Span(a, a + b) for a, b in spans), key=lambda s: s.start_s), gap_s)
    assert all(b.start_s - a.end_s > gap_s for a, b in pairwise(found))
