from __future__ import annotations

import pytest
from quality.labels import label_figures, part_of, verdicts
from quality.truth import Truth
from tiny import label, quiet, reports, spoken, truth

from soniclayer.domain.window import Span

PROGRAMME = truth(
    (0, 10, "the news", ("Politics", "Law"), ("Serious",)),
    (10.4, 20, "a soup", ("Food",), ("Casual", "Positive")),
    (20.4, 30, "music"),
)


def test_a_segment_belongs_to_the_part_it_overlaps_most():
    assert part_of(PROGRAMME, Span(6, 13)).number == 1
    assert part_of(PROGRAMME, Span(8, 14)).number == 2


def test_a_segment_between_parts_belongs_to_none():
    assert part_of(PROGRAMME, Span(10.1, 10.3)) is None


def test_labels_are_right_when_the_truth_names_or_accepts_them():
    found = reports(
        (spoken(0, 4, "a"), label("Politics"), label("Serious")),
        (spoken(4, 9, "b"), label("Law"), label("Casual")),
        (spoken(11, 19, "c"), label("Politics"), label("Positive")),
        (quiet(12, 18, "noise"),),
    )
    assert [verdict.right for verdict in verdicts(PROGRAMME, found, "topic")] == [True, True, False]
    assert [verdict.right for verdict in verdicts(PROGRAMME, found, "tone")] == [True, False, True]
    assert label_figures(verdicts(PROGRAMME, found, "topic")).accuracy == pytest.approx(2 / 3)


def test_speech_heard_in_music_or_in_an_unlabelled_part_does_not_count():
    found = reports((spoken(21, 29, "la la"), label("Food"), label("Casual")), (spoken(0, 5, "a"), label("Law")))
    assert len(verdicts(PROGRAMME, found, "topic")) == 1
    unlabelled = Truth(10, 0, truth((0, 10, "hm")).parts)
    assert verdicts(unlabelled, found, "topic") == []


def test_a_segment_without_a_label_is_wrong_and_has_no_part_in_calibration():
    figures = label_figures(verdicts(PROGRAMME, reports((spoken(0, 5, "a"),)), "topic"))
    assert (figures.accuracy, figures.calibration_error) == (0.0, None)


def test_a_segment_that_reaches_into_two_parts_of_speech_is_told():
    found = reports(
        (spoken(2, 11.3, "a"), label("Politics")),
        (spoken(3, 11.5, "b"), label("Politics")),
        (spoken(15, 25, "c"), label("Food")),
    )
    assert [verdict.across for verdict in verdicts(PROGRAMME, found, "topic")] == [False, True, False]


def test_sure_and_unsure_are_counted_apart_and_confidence_is_compared_with_truth():
    found = reports(
        (spoken(0, 4, "a"), label("Politics", 0.95)),
        (spoken(4, 8, "b"), label("Law", 0.95)),
        (spoken(11, 15, "c"), label("Sports", 0.35, unsure=True)),
        (spoken(15, 19, "d"), label("Food", 0.35, unsure=True)),
    )
    figures = label_figures(verdicts(PROGRAMME, found, "topic"))
    assert (figures.sure_accuracy, figures.unsure_accuracy, figures.sure_segments) == (1.0, 0.5, 2)
    assert figures.calibration_error == pytest.approx((2 * 0.05 + 2 * 0.15) / 4)


def test_no_speech_at_all_is_not_measured():
    figures = label_figures([])
    assert (figures.accuracy, figures.calibration_error, figures.sure_accuracy) == (None, None, None)
