"""How speech is packed for the model: on made spans, and on any that hypothesis can think of."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soniclayer.domain.segment import Word
from soniclayer.domain.window import Span
from soniclayer.pipeline.clips import CLIP_S, Clip, pack, spare_s

RATE_HZ = 16_000


def sound(seconds, level=0.1):
    return np.full(round(seconds * RATE_HZ), level, np.float32)


def clip_of(*spans):
    """A clip that is voice all over."""
    return Clip(spans, spans)


@st.composite
def speech(draw):
    spans, now = [], 0.0
    for gap_s, length_s in draw(st.lists(st.tuples(st.floats(0.2, 5), st.floats(0.2, 70)), max_size=12)):
        spans.append(Span(round(now + gap_s, 3), round(now + gap_s + length_s, 3)))
        now = spans[-1].end_s
    return spans


def whole(spans):
    return Span(0.0, spans[-1].end_s + 1 if spans else 1.0)


@given(speech())
def test_clips_hold_all_speech_in_order_and_no_more_than_whisper_can_hear(spans):
    clips = pack(spans, sound(whole(spans).end_s))
    assert all(clip.duration_s <= CLIP_S + 1e-6 for clip in clips)
    heard = [span for clip in clips for span in clip.spans]
    assert all(one.end_s <= two.start_s + 1e-6 for one, two in pairwise(heard))
    for span in spans:
        covered = sum(max(0.0, min(s.end_s, span.end_s) - max(s.start_s, span.start_s)) for s in heard)
        assert covered == pytest.approx(span.duration_s, abs=0.01)


@given(speech())
def test_spare_time_is_what_the_clips_have_left(spans):
    short = [span for span in spans if span.duration_s <= CLIP_S - 1]
    clips = pack(short, sound(whole(short).end_s))
    spare = len(clips) * CLIP_S - sum(clip.duration_s for clip in clips)
    assert spare_s(short, whole(short)) >= spare - 0.01  # it packs greedily, which needs no fewer clips


def test_clips_are_as_few_as_possible_and_divided_by_the_longest_pauses():
    # the pause of 1 s before the sixth; with equal pauses any place would do
    starts = [0, 4, 8, 12, 16, 21, 25, 29, 33, 37]
    clips = pack([Span(s + 0.3, s + 3.8) for s in starts], sound(42))
    assert [len(clip.spans) for clip in clips] == [5, 5]


def test_a_long_pause_is_left_out_and_words_find_their_place_again():
    (clip,) = pack([Span(1.0, 3.0), Span(13.0, 15.0)], sound(20))
    assert clip.spans == (Span(0.7, 3.3), Span(12.7, 15.3))
    assert len(clip.sound(sound(20))) == round(5.2 * RATE_HZ)
    assert clip.voices == (Span(1.0, 3.0), Span(13.0, 15.0))
    assert clip.place(Word(0.3, 0.5, " one", 0.9)) == Word(1.0, 1.2, " one", 0.9)
    placed = clip.place(Word(2.7, 3.0, " two", 0.9))
    assert (placed.start_s, placed.end_s) == (pytest.approx(12.9), pytest.approx(13.1))


def test_a_first_word_begins_no_more_than_0_1_s_before_the_voice():
    (clip,) = pack([Span(1.0, 3.0)], sound(5))
    assert clip.place(Word(0.0, 0.9, " well", 0.9)) == Word(0.9, 1.6, " well", 0.9)
    early = clip.place(Word(0.0, 0.1, " uh", 0.9))
    assert early.start_s == early.end_s == pytest.approx(0.8)


def test_a_word_does_not_reach_over_a_pause_that_was_left_out():
    clip = clip_of(Span(0.0, 3.0), Span(10.0, 13.0))
    assert clip.place(Word(2.0, 3.5, " end", 0.9)).end_s == 3.0
    assert clip.place(Word(2.8, 4.0, " begin", 0.9)).start_s == 10.0
    assert clip.place(Word(5.9, 6.4, " late", 0.9)).end_s == 13.0


def test_a_clip_is_halved_between_spans_near_its_middle():
    spans = (Span(0.0, 3.0), Span(4.0, 5.0), Span(6.0, 9.0), Span(9.0, 10.0))
    assert clip_of(*spans).halves() == [clip_of(*spans[:2]), clip_of(*spans[2:])]
    assert clip_of(spans[0]).halves() == [clip_of(spans[0])]


def test_a_clip_s_sound_is_that_of_its_spans():
    audio = np.arange(20 * RATE_HZ, dtype=np.float32)
    heard = clip_of(Span(1.0, 2.0), Span(5.0, 5.5)).sound(audio)
    assert heard[0] == RATE_HZ
    assert heard[RATE_HZ] == 5 * RATE_HZ
    assert len(heard) == round(1.5 * RATE_HZ)


def test_speech_without_a_pause_is_cut_where_it_is_quietest():
    audio = sound(40)
    audio[round(17.3 * RATE_HZ) : round(17.4 * RATE_HZ)] = 0.001
    first, second = pack([Span(0.0, 40.0)], audio)
    assert first.spans[-1].end_s == second.spans[0].start_s == pytest.approx(17.35)


def test_no_speech_makes_no_clips_and_no_spare_time():
    assert pack([], sound(5)) == []
    assert spare_s([], Span(0.0, 5.0)) == 0
