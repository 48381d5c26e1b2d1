"""The rules of subtitle cues, on any words."""

from __future__ import annotations

from itertools import pairwise

import pytest
from broadcast_result import broadcast_result, words
from hypothesis import given
from hypothesis import strategies as st

from soniclayer.domain.segment import Word
from soniclayer.export.cues import cut_cues
from soniclayer.export.lines import columns
from soniclayer.export.plain import one_line

TEXTS = st.one_of(
    st.sampled_from([" the", " a", " lights", " finally!", " yes,", ".", "。", "日", "本語", " soup.", " [x]", ""]),
    st.text(max_size=60).map(lambda text: f" {text}"),
)


@st.composite
def segments(draw):
    """Segments in time order; words may touch, overlap a little, last long, or take no time at all."""
    at = draw(st.floats(0, 100))
    found = []
    for _ in range(draw(st.integers(1, 4))):
        spoken = []
        for text in draw(st.lists(TEXTS, max_size=40)):
            start = at + draw(st.sampled_from([0.0, 0.0, 0.05, 0.4, 1.5, -0.05]))
            at = start + draw(st.sampled_from([0.0, 0.1, 0.3, 0.6, 9.0]))
            spoken.append(Word(start, at, text, 0.9))
        found.append(spoken)
    return found


@given(segments())
def test_a_cue_has_at_most_two_lines_of_42_columns(spoken):
    for cue in cut_cues(spoken):
        assert 1 <= len(cue.lines) <= 2
        assert all(0 < columns(line) <= 42 for line in cue.lines)


@given(segments())
def test_cues_never_overlap_and_always_show(spoken):
    cues = cut_cues(spoken)
    assert all(cue.start_ms < cue.end_ms for cue in cues)
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(cues))


@given(segments())
def test_no_cue_stays_longer_than_seven_seconds(spoken):
    assert all(cue.end_ms - cue.start_ms <= 7000 for cue in cut_cues(spoken))


@given(segments())
def test_a_cue_is_shorter_than_a_second_only_where_its_neighbours_leave_no_room(spoken):
    cues = cut_cues(spoken)
    for n, cue in enumerate(cues):
        if cue.end_ms - cue.start_ms < 1000:
            assert cue.start_ms == (cues[n - 1].end_ms if n else 0)
            assert n + 1 < len(cues)


@given(segments())
def test_nothing_that_was_said_is_lost(spoken):
    said = letters(one_line(word.text) for segment in spoken for word in segment)
    assert letters(line for cue in cut_cues(spoken) for line in cue.lines) == said


def letters(texts):
    return "".join("".join(texts).split())


@pytest.mark.parametrize(("letters_in_all", "lines"), [(42, 1), (43, 2), (84, 2)])
def test_a_line_takes_42_columns_and_no_more(letters_in_all, lines):
    half = letters_in_all // 2
    spoken = [Word(0, 2, " " + "a" * half, 1), Word(2, 4, "b" * (letters_in_all - half), 1)]
    (cue,) = cut_cues([spoken])
    assert len(cue.lines) == lines


def test_many_words_at_one_instant_are_all_shown():
    cues = cut_cues([[Word(5.0, 5.0, f" {'long' * 8}", 0.1) for _ in range(9)]])
    assert len(cues) > 3
    assert all(cue.start_ms < cue.end_ms for cue in cues)


def test_words_on_both_sides_of_a_long_pause_are_not_shown_together():
    spoken = [*words("Before it", 0, 1), *words("after it", 2.1, 3)]
    assert [cue.lines for cue in cut_cues([spoken])] == [("Before it",), ("after it",)]


def test_words_around_a_short_pause_may_be_shown_together():
    spoken = [*words("Before it", 0, 1), *words("after it", 1.9, 3)]
    assert [cue.lines for cue in cut_cues([spoken])] == [("Before it after it",)]


def test_words_of_two_segments_are_not_shown_together():
    cues = cut_cues([words("One segment", 0, 2), words("and another", 2, 4)])
    assert [cue.lines for cue in cues] == [("One segment",), ("and another",)]


def test_a_short_word_stays_for_a_second_where_there_is_room():
    (cue,) = cut_cues([words("Yes.", 5.0, 5.2)])
    assert (cue.start_ms, cue.end_ms) == (5000, 6000)


def test_a_short_word_right_before_the_next_segment_comes_earlier_instead():
    first, _ = cut_cues([words("Yes.", 5.0, 5.2), words("And so it went on.", 5.2, 8)])
    assert (first.start_ms, first.end_ms) == (4200, 5200)


def test_a_cue_ends_with_the_sentence_where_possible():
    text = "Last week the power went out in the village, and everybody was silent. The parrot said it finally."
    assert [cue.lines for cue in cut_cues([words(text, 0, 9)])] == [
        ("Last week the power went out in the", "village, and everybody was silent."),
        ("The parrot said it finally.",),
    ]


def test_punctuation_that_is_a_word_of_its_own_does_not_begin_a_line():
    spoken = [word for n in range(30) for word in (Word(n, n + 0.4, f" word{n}", 1), Word(n + 0.4, n + 0.5, ",", 1))]
    assert not [line for cue in cut_cues([spoken]) for line in cue.lines if line.startswith(",")]


def test_text_without_spaces_is_broken_between_its_words():
    spoken = [Word(n / 10, n / 10 + 0.1, "日", 1) for n in range(40)]
    cues = cut_cues([spoken])
    assert "".join(line for cue in cues for line in cue.lines) == "日" * 40
    assert max(len(line) for cue in cues for line in cue.lines) <= 21


def test_the_sample_broadcast_gives_cues_that_end_at_punctuation():
    cues = cut_cues([report.segment.words for report in broadcast_result().segments])
    at_punctuation = sum(cue.lines[-1][-1] in ".,!?" for cue in cues)
    assert at_punctuation / len(cues) > 0.9
