"""Where windows are cut, on made pauses and on any input hypothesis can think of."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from soniclayer.domain.window import Span
from soniclayer.pipeline.regions import MUSIC, SILENCE, SPEECH
from soniclayer.pipeline.windows import Outlook, cut_step, lookahead_s, rest_is_one_window

KNOWN_S = lookahead_s(60)


def cut(pauses, kinds=None, halves=None, known_s=KNOWN_S, target_s=60.0, speech=()):  # noqa: PLR0913, PLR0917 - one outlook
    steps = round(known_s * 10)
    kinds = np.full(steps, SPEECH, np.int8) if kinds is None else kinds
    halves = np.full(2 * steps, -20.0, np.float32) if halves is None else halves
    return cut_step(target_s, Outlook(known_s, [Span(*pause) for pause in pauses], speech, kinds, halves)) / 10


def kinds_with(kind, start_s, end_s):
    kinds = np.full(round(KNOWN_S * 10), SPEECH, np.int8)
    kinds[round(start_s * 10) : round(end_s * 10)] = kind
    return kinds


def test_a_pause_near_the_wanted_length_is_taken_in_its_middle():
    assert cut([(20, 21), (58, 58.6), (90, 91)]) == 58.3


def test_a_long_pause_beats_a_short_one_that_is_nearer():
    assert cut([(52, 52.9), (60, 60.25)]) == 52.4


def test_of_equal_pauses_the_nearest_wins_then_the_earlier():
    assert cut([(50, 50.4), (61, 61.4)]) == 61.2
    assert cut([(58.8, 59.2), (60.8, 61.2)]) == 59.0


def test_pauses_out_of_reach_do_not_count():
    assert 45 <= cut([(44, 44.8), (75.2, 76)]) <= 75


def test_without_a_pause_the_quietest_100_ms_are_cut_through():
    halves = np.full(round(KNOWN_S * 20), -20.0, np.float32)
    halves[2 * 517 - 1 : 2 * 517 + 1] = -50
    halves[2 * 700 : 2 * 700 + 1] = -50  # only half of these 100 ms is quiet
    assert cut([], halves=halves) == 51.7


def test_a_cut_that_fills_the_clips_beats_the_wanted_length():
    speech = [Span(4.0 * i, 4.0 * i + 3.8) for i in range(20)]
    pauses = [(one.end_s, two.start_s) for one, two in pairwise(speech)]
    assert cut(pauses) == 59.9
    assert cut(pauses, speech=speech) == 55.9  # 14 spans fill two clips; the 15th would need a third


def test_music_that_could_stay_whole_is_not_split():
    # its edges, in the pauses around it, are better than the wanted length in its middle
    assert cut([(49.7, 64.3)], kinds_with(MUSIC, 50, 64)) == 64.0
    assert cut([(55.7, 70.3)], kinds_with(SILENCE, 56, 70)) == 56.0


def test_a_short_pause_far_away_is_better_than_the_middle_of_music():
    assert cut([(47, 47.3), (57, 64)], kinds_with(MUSIC, 56, 65)) == 47.1


def test_a_long_stretch_of_music_is_cut_at_the_wanted_length():
    assert cut([(0, KNOWN_S)], kinds_with(MUSIC, 0, KNOWN_S)) == 60


def test_a_short_rest_is_not_left_over():
    assert rest_is_one_window(75.0, 60.0)
    assert not rest_is_one_window(75.1, 60.0)
    assert cut([(73, 73.8), (50, 50.3)], known_s=76.0) <= 71.0


pauses = st.lists(st.tuples(st.floats(0, 80), st.floats(0.2, 20)), max_size=30).map(
    lambda spans: [Span(start, start + length) for start, length in spans]
)


@given(
    pauses,
    st.lists(st.integers(0, 3), min_size=1, max_size=10),
    st.integers(0, 2**32 - 1),
    st.floats(75.01, 80),
)
def test_a_cut_is_always_in_range_leaves_a_tail_and_lies_in_a_pause_if_any(found, codes, seed, known_s):
    kinds = np.resize(np.repeat(np.array(codes, np.int8), 37), -(-round(known_s * 16_000) // 1600))
    halves = np.random.default_rng(seed).uniform(-90, 0, 2 * len(kinds)).astype(np.float32)
    step = cut_step(60.0, Outlook(known_s, found, (), kinds, halves))
    assert 450 <= step <= 750
    assert known_s - step / 10 >= 5 - 1e-6
    in_reach = [
        p for p in found if p.start_s <= 69.5 and p.end_s >= 45.5 and min(p.end_s, 70) - max(p.start_s, 45) > 0.8
    ]
    if in_reach:
        assert any(p.start_s < step / 10 < p.end_s for p in found)
