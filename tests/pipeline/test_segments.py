from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soniclayer.domain.segment import Word
from soniclayer.domain.window import Region, Window
from soniclayer.pipeline import segments as segments_module
from soniclayer.pipeline.segments import LONGEST_S, SHORTEST_S, cut_segments, ends_sentence, partition


def speak(*plan: tuple[str, float], start_s=0.0):
    """Words of half a second, each followed by its pause."""
    words, now = [], start_s
    for text, pause_s in plan:
        words.append(Word(round(now, 3), round(now + 0.5, 3), f" {text}", 0.9))
        now += 0.5 + pause_s
    return words


def window(words, regions=(), end_s=None):
    end = end_s or (words[-1].end_s if words else 10.0)
    return Window(0.0, end, 3, (), regions or (Region(0.0, end, "speech"),), "en", (), ())


def sentence(words, pause_s=0.3):
    return [("word", 0.0)] * (words - 1) + [("end.", pause_s)]


@st.composite
def speech(draw):
    plan = draw(
        st.lists(st.tuples(st.sampled_from(["so", "and,", "end.", "why?", "Mr."]), st.floats(0, 3)), max_size=150)
    )
    return speak(*plan)


@given(speech())
def test_segments_hold_every_word_once_and_in_order(words):
    segments = cut_segments(window(words), words)
    assert [word for segment in segments for word in segment.words] == words


@given(speech())
def test_no_segment_is_longer_than_twenty_seconds(words):
    for segment in cut_segments(window(words), words):
        assert segment.duration_s <= LONGEST_S or len(segment.words) == 1


@given(speech())
def test_segments_do_not_overlap_and_have_room_for_the_last_sound_of_their_words(words):
    segments = cut_segments(window(words), words)
    for one, two in itertools.pairwise(segments):
        assert one.end_s <= two.start_s
        room_s = two.start_s - one.words[-1].end_s
        assert one.end_s - one.words[-1].end_s == pytest.approx(min(0.3, room_s / 2), abs=0.001)
    for segment in segments:
        assert segment.start_s == segment.words[0].start_s


@given(st.integers(20, 200))
def test_even_speech_gives_segments_of_five_to_twenty_seconds(count):
    words = speak(*[("word", 0.1)] * count)
    for segment in cut_segments(window(words), words):
        assert SHORTEST_S <= segment.duration_s <= LONGEST_S


def test_segments_end_where_sentences_end():
    words = speak(*sentence(22), *sentence(24), *sentence(26), *sentence(20))
    assert [segment.words[-1].text for segment in cut_segments(window(words), words)] == [" end."] * 4


def test_segments_end_where_another_voice_goes_on_also_when_they_get_uneven():
    words = speak(*sentence(14), *sentence(50), *sentence(20))
    turn = words[14]
    assert [len(segment.words) for segment in cut_segments(window(words), words)] == [32, 32, 20]
    first, *_ = cut_segments(window(words), words, {turn})
    assert len(first.words) == 14
    assert [segment.turn for segment in cut_segments(window(words), words, {turn})][:2] == [False, True]


def test_a_turn_of_a_few_words_is_no_segment_of_its_own():
    words = speak(*sentence(24), *sentence(4), *sentence(24))
    segments = cut_segments(window(words), words, {words[24], words[28]})
    assert [len(segment.words) for segment in segments] == [24, 28]


def test_without_a_sentence_end_the_longest_pause_is_taken():
    words = speak(*[("word", 0.05)] * 26, ("word", 1.2), *[("word", 0.05)] * 25)
    first, _ = cut_segments(window(words), words)
    assert len(first.words) == 27


def test_a_region_without_speech_is_a_segment_of_its_own_and_divides_the_speech():
    words = speak(*sentence(8)) + speak(*sentence(8), start_s=20.0)
    regions = (Region(0.0, 5.0, "speech"), Region(5.0, 19.0, "music"), Region(19.0, 25.0, "speech"))
    segments = cut_segments(window(words, regions), words)
    assert [(s.segment_id, s.kind) for s in segments] == [
        ("0003.00", "speech"),
        ("0003.01", "music"),
        ("0003.02", "speech"),
    ]
    assert (segments[1].start_s, segments[1].end_s, segments[1].text) == (5.0, 19.0, "")


def test_a_region_without_speech_of_under_five_seconds_is_no_segment():
    words = speak(*sentence(8)) + speak(*sentence(8), start_s=8.0)
    regions = (Region(0.0, 4.0, "speech"), Region(4.0, 8.0, "silence"), Region(8.0, 13.0, "speech"))
    assert [s.kind for s in cut_segments(window(words, regions), words)] == ["speech"]


def test_a_window_without_words_has_no_speech_segment():
    assert cut_segments(window([], (Region(0.0, 30.0, "music"),), 30.0), [])[0].kind == "music"
    assert cut_segments(window([], (Region(0.0, 30.0, "speech"),), 30.0), []) == ()


@pytest.mark.parametrize("text", [" end.", " what?", ' "yes!"', " so…", " (done.)", " 終。"])
def test_sentence_ends_are_seen(text):
    assert ends_sentence(text)


@pytest.mark.parametrize("text", [" Mr.", " and,", " word", " U.S.", ""])
def test_what_ends_no_sentence_is_not_taken_for_one(text):
    assert not ends_sentence(text)


def cost(parts, words, turns):
    after = 0
    total = 0.0
    for part in parts:
        after += len(part)
        total += segments_module._length_cost(part[-1].end_s - part[0].start_s)
        total += segments_module._cut_cost(words, turns, after) if after < len(words) else 0.0
    return total


def every_partition(words):
    for cuts in itertools.product([False, True], repeat=len(words) - 1):
        edges = [0, *(place for place, cut in enumerate(cuts, 1) if cut), len(words)]
        parts = [words[a:b] for a, b in itertools.pairwise(edges)]
        if all(part[-1].end_s - part[0].start_s <= LONGEST_S or len(part) == 1 for part in parts):
            yield parts


@given(st.lists(st.tuples(st.sampled_from(["so", "end."]), st.floats(0, 8), st.booleans()), min_size=1, max_size=9))
def test_no_other_partition_is_cheaper(plan):
    words = speak(*((text, pause_s) for text, pause_s, _ in plan))
    turns = {word for word, (*_, turn) in zip(words, plan, strict=True) if turn}
    cheapest = min(cost(parts, words, turns) for parts in every_partition(words))
    assert cost(partition(words, turns), words, turns) == pytest.approx(cheapest)
