from __future__ import annotations

import pytest
from quality.measure import LARGEST, SMALLEST, measure, met
from quality.report import report
from tiny import QUIET, label, quiet, reports, spoken, truth

PROGRAMME = truth(
    (0, 10, "music"),
    (10.4, 20, "the bill has passed today", ("Politics",), ("Serious",)),
    (20.4, 30, "silence"),
)
PERFECT = reports(
    (quiet(0, 10.4, "music"),),
    (spoken(10.4, 20, "The bill has passed today."), label("Politics", 1.0), label("Serious", 1.0)),
    (quiet(20, 30, "silence"),),
)
FAULTY = reports(
    (spoken(2, 4, "you"), label("Food"), label("Casual")),
    (spoken(10.4, 20, "The pill has passed today."), label("Health", 0.7), label("Happy", 0.6, unsure=True)),
    (quiet(15, 22, "noise"),),
)


def test_a_perfect_analysis_meets_every_target():
    figures = measure(PROGRAMME, PERFECT, QUIET).figures()
    assert {name: met(name, figures[name]) for name in (*LARGEST, *SMALLEST)} == dict.fromkeys(
        (*LARGEST, *SMALLEST), True
    )
    assert figures["topic_ece"] == 0


def test_every_fault_is_in_the_figures():
    figures = measure(PROGRAMME, FAULTY, QUIET).figures()
    assert figures["wer"] == pytest.approx(2 / 5)
    assert (figures["topic_accuracy"], figures["tone_accuracy"], figures["non_speech_found"]) == (0, 0, 0)
    assert (figures["words_in_non_speech"], figures["edges_in_words"], figures["unmatched_segments"]) == (1, 1, 1)
    assert (figures["topic_ece"], figures["non_speech_invented"]) == (pytest.approx(0.7), 1)
    assert not any(met(name, figures[name]) for name in (*LARGEST, *SMALLEST))


def test_the_report_names_every_fault_with_its_place():
    told = report(measure(PROGRAMME, FAULTY, QUIET))
    for line in (
        '0:02.00  made up: "you"',
        '0:12.32  "bill" heard as "pill"',
        '0:02.00  where the truth has no speech: "you"',
        '0:10.40  0000.01 topic Health (0.70), right: Politics: "The pill',
        "0:10.40  0000.01 tone Happy (0.60, unsure), right: Serious",
        '0:02.00  0000.00 lies in no part with a topic: "you"',
        "0:00.00-0:10.00  music: MISSED, nothing found",
        "0:15.00-0:22.00  noise found where the truth has none",
        '0:15.00  inside "has", 14.24-16.16',
    ):
        assert line in told


def test_what_could_not_be_measured_is_no_number_and_meets_nothing():
    figures = measure(truth((0, 4, "music")), [], QUIET).figures()
    names = ("wer", "topic_accuracy", "tone_accuracy", "topic_ece", "non_speech_found")
    assert [figures[name] for name in names] == [None] * 5
    assert met("wer", None) is None
