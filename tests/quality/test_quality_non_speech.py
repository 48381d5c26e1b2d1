from __future__ import annotations

import pytest
from quality.non_speech import invented_regions, search, words_in_non_speech
from tiny import quiet, spoken, truth

PROGRAMME = truth((0, 10, "music"), (10.4, 20, "hello there"), (20.4, 30, "silence"))


def found(segments, programme=PROGRAMME):
    return [one.found for one in search(programme, segments)]


def test_a_part_is_found_when_kind_and_both_edges_are_right():
    assert found([quiet(0, 10.9, "music"), spoken(11, 20, "hello there"), quiet(19.5, 31, "silence")]) == [True, True]


@pytest.mark.parametrize(
    "wrong", [quiet(1.1, 10, "music"), quiet(0, 8.9, "music"), quiet(0, 11.1, "music"), quiet(0, 10, "noise")]
)
def test_an_edge_off_by_more_than_a_second_or_another_kind_is_a_miss(wrong):
    assert found([wrong, quiet(20.4, 30, "silence")]) == [False, True]


def test_how_far_the_edges_are_off_is_told():
    missed = search(PROGRAMME, [quiet(0.5, 7, "music")])[0]
    assert (missed.found, missed.early_s, missed.late_s) == (False, -0.5, -3.0)


def test_a_region_cut_at_the_edge_of_a_window_is_one():
    assert found([quiet(0, 5, "music"), quiet(5, 10, "music"), quiet(20, 30, "silence")]) == [True, True]


def test_pieces_with_speech_or_a_hole_between_them_are_not_one():
    assert found([quiet(0, 4, "music"), spoken(4, 4.2, "la"), quiet(4.2, 10, "music")])[0] is False
    assert found([quiet(0, 4, "music"), quiet(5, 10, "music")])[0] is False


def test_true_parts_of_one_kind_that_only_the_gap_divides_are_one():
    twice = truth((0, 6, "music"), (6.4, 12, "music"), (12.4, 20, "hello"))
    assert found([quiet(0, 12, "music")], twice) == [True]
    assert found([quiet(0, 6, "music")], twice) == [False]


def test_short_non_speech_need_not_be_found():
    assert found([], truth((0, 4.9, "music"), (5, 10, "hello"))) == []


def test_music_where_the_truth_has_speech_is_invented():
    invented = invented_regions(PROGRAMME, [quiet(0, 10, "music"), quiet(12, 19, "music"), quiet(20.4, 30, "noise")])
    assert [(region.start_s, region.kind) for region in invented] == [(12, "music"), (20.4, "noise")]


def test_words_whose_middle_lies_in_non_speech_are_counted_one_by_one():
    segments = [spoken(8, 12, "a b c d"), spoken(21, 23, "e f")]  # a 8-9, b 9-10, c 10-11, d 11-12; e and f in silence
    assert [word.text for word in words_in_non_speech(PROGRAMME, segments)] == [" a", " b", " e", " f"]


def test_words_in_short_non_speech_count_too():
    assert len(words_in_non_speech(truth((0, 2, "noise"), (2, 9, "hello")), [spoken(0, 1, "you")])) == 1
