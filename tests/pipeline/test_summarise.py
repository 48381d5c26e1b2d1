from __future__ import annotations

from dataclasses import replace

import pytest
from fake_engine import FakeEngine, fake_window
from hypothesis import given
from hypothesis import strategies as st
from samples import all_personas

from soniclayer.domain.segment import Evaluation, Segment, Transcript, WindowEvaluation
from soniclayer.domain.summary import Failure
from soniclayer.domain.window import Plan, Span
from soniclayer.pipeline.summarise import Results, half_up, persona_summary, shares, summarise

PERSONA = all_personas()[0]
PLAN = Plan(1, 20.0, "flac", "flac", 16_000, 1, "en", 0.9, -23.0, (), None)


def evaluated(number, score):
    """A window with one speech segment and one of music, judged by one persona."""
    window = fake_window(number)
    spoken = Segment(window.start_s, window.start_s + 12.0, f"{number:04d}.00", "speech", "words", ())
    music = Segment(window.start_s + 12.0, window.end_s, f"{number:04d}.01", "music", "", ())
    transcript = Transcript(number, "en", "fake", (spoken, music))
    labelled = FakeEngine().classify(Transcript(number, "en", "fake", (spoken,)))
    evaluation = Evaluation(spoken.segment_id, score, 0.5, "opinion", "rationale", "note")
    judged = WindowEvaluation(number, PERSONA.name, PERSONA.fingerprint, (evaluation,))
    return Results(window, transcript, labelled, (judged,))


def summary_of(*scores, **changes):
    results = [evaluated(number, score) for number, score in enumerate(scores)]
    return summarise("hash", None, results, [PERSONA], changes.get("failures", ()))


def test_a_persona_s_mean_distribution_best_and_worst_come_from_its_scores():
    _, summary = summary_of(1.0, 4.4, 4.5, 3.0, 2.0)
    persona = summary.personas[0]
    assert persona.mean_score == pytest.approx(2.98)
    assert persona.distribution == (1, 1, 1, 1, 1)
    assert persona.best == ("0002.00", "0001.00", "0003.00")
    assert persona.worst == ("0000.00", "0004.00")


def test_who_has_judged_is_counted_per_persona():
    by_rules = [evaluated(number, 3.0) for number in range(5)]
    judged = [by(result, source="langflow") for result in by_rules[:2]]
    standing_in = [by(result, provisional=True) for result in by_rules[2:4]]
    _, summary = summarise("hash", None, [*judged, *standing_in, by_rules[4]], [PERSONA], ())
    persona = summary.personas[0]
    assert (persona.by_langflow, persona.by_rules, persona.provisional) == (2, 3, 2)


def by(result, source="rules", *, provisional=False):
    """The same, as somebody else has judged it."""
    (judged,) = result.evaluations
    evaluations = tuple(replace(one, source=source) for one in judged.evaluations)
    return replace(result, evaluations=(replace(judged, evaluations=evaluations, provisional=provisional),))


def test_no_segment_is_among_the_best_and_the_worst():
    for count in range(9):
        _, summary = summary_of(*[3.0] * count)
        assert not set(summary.personas[0].best) & set(summary.personas[0].worst)


def test_segments_without_speech_are_outside_all_means():
    reports, summary = summary_of(5.0)
    assert [report.segment.kind for report in reports.segments] == ["speech", "music"]
    assert summary.speech_s == 12.0
    assert summary.duration_s == 20.0
    assert reports.segments[1].evaluations == ()


def test_a_recording_without_speech_has_no_means_and_no_shares():
    _, summary = summarise("hash", None, [], [PERSONA], ())
    assert summary.personas[0].mean_score is None
    assert summary.personas[0].best == ()
    assert (summary.topic_shares, summary.tone_shares) == ((), ())


def test_a_window_that_could_not_be_classified_keeps_its_text():
    whole = evaluated(0, 3.0)
    half = Results(whole.window, whole.transcript, None, ())
    reports, _ = summarise("hash", None, [half], [PERSONA], ())
    assert (reports.segments[0].segment.text, reports.segments[0].topic) == ("words", None)


def test_dead_air_is_told():
    silence = (Span(3.0, 9.0),)
    _, summary = summarise("hash", replace(PLAN, dead_air=silence), [], [PERSONA], ())
    assert summary.dead_air == silence


def test_failures_are_told():
    failure = Failure("transcribe.0007", "engine_crashed", "died", 3)
    assert summary_of(3.0, failures=(failure,))[1].failures == (failure,)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.1, 100))))
def test_shares_add_up_to_one_and_are_sorted(weights):
    found = shares(weights)
    assert sum(share for _, share in found) == pytest.approx(1.0 if weights else 0.0, abs=0.001)
    assert [share for _, share in found] == sorted((share for _, share in found), reverse=True)


def test_halves_round_up():
    assert [half_up(score) for score in (1.0, 2.4, 2.5, 3.5, 4.5, 5.0)] == [1, 2, 3, 4, 5, 5]


def test_a_persona_that_judged_nothing_has_no_mean():
    assert persona_summary(PERSONA, []).mean_score is None
