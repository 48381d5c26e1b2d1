"""The stage `summarise`: everything that was found out, joined per segment and per recording."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soniclayer.domain.segment import Analysis, Transcript, WindowEvaluation
from soniclayer.domain.summary import PersonaScore, PersonaSummary, SegmentReport, SegmentReports, Summary
from soniclayer.domain.window import Window
from soniclayer.pipeline.loudness import integrated_between

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from soniclayer.domain.persona import Persona
    from soniclayer.domain.segment import Segment
    from soniclayer.domain.summary import Failure
    from soniclayer.domain.window import Plan

BEST = 3
"""How many best and worst segments a summary names."""


@dataclass(frozen=True)
class Results:
    """What there is of one window; None and missing where a step was given up."""

    window: Window
    transcript: Transcript | None
    analysis: Analysis | None
    evaluations: tuple[WindowEvaluation, ...]


def summarise(
    inputs: str,
    plan: Plan | None,
    results: Iterable[Results],
    personas: Sequence[Persona],
    failures: tuple[Failure, ...],
) -> tuple[SegmentReports, Summary]:
    """Join the results of all windows.

    Args:
        inputs: the hash of what these results are, kept in the summary.
        plan: None when `prepare` was given up after it had published some windows.
        results: one per window, in their order; each is let go of when it has been joined.
        personas: the wanted ones.
        failures: every step that was given up.
    """
    reports: list[SegmentReport] = []
    end_s, language = 0.0, None
    for result in results:
        reports += join(result)
        end_s, language = result.window.end_s, language or result.window.language
    speech = [report for report in reports if report.segment.kind == "speech"]
    labelled = [report for report in speech if report.topic and report.tone]
    summary = Summary(
        inputs=inputs,
        duration_s=plan.duration_s if plan else end_s,
        speech_s=round(sum(report.segment.duration_s for report in speech), 3),
        language=plan.language if plan else language,
        language_probability=plan.language_probability if plan else None,
        loudness_lufs=plan.loudness_lufs if plan else None,
        dead_air=plan.dead_air if plan else (),
        damage=plan.damage if plan else None,
        personas=tuple(persona_summary(persona, speech) for persona in personas),
        topic_shares=shares((r.topic.name, r.segment.duration_s) for r in labelled if r.topic),
        tone_shares=shares((r.tone.name, r.segment.duration_s) for r in labelled if r.tone),
        failures=failures,
    )
    return SegmentReports(tuple(reports)), summary


def join(result: Results) -> list[SegmentReport]:
    """The segments of one window with what is known of each."""
    if result.transcript is None:
        return []
    labels = {labels.segment_id: labels for labels in result.analysis.segments} if result.analysis else {}
    scores: dict[str, list[PersonaScore]] = defaultdict(list)
    for evaluation in result.evaluations:
        for one in evaluation.evaluations:
            scores[one.segment_id].append(
                PersonaScore(
                    persona=evaluation.persona,
                    score=one.score,
                    confidence=one.confidence,
                    opinion=one.opinion,
                    rationale=one.rationale,
                    note=one.note,
                    source=one.source,
                    provisional=evaluation.provisional and one.source == "rules",
                    origin=evaluation.origin if one.source == "langflow" else None,
                )
            )
    return [
        SegmentReport(
            segment=segment,
            loudness_lufs=loudness(result.window, segment),
            topic=labels[segment.segment_id].topic if segment.segment_id in labels else None,
            tone=labels[segment.segment_id].tone if segment.segment_id in labels else None,
            tags=labels[segment.segment_id].tags if segment.segment_id in labels else (),
            evaluations=tuple(scores[segment.segment_id]),
        )
        for segment in result.transcript.segments
    ]


def persona_summary(persona: Persona, speech: Iterable[SegmentReport]) -> PersonaSummary:
    """One persona over all speech segments: the mean weighs every segment the same."""
    said = {
        report.segment.segment_id: score
        for report in speech
        for score in report.evaluations
        if score.persona == persona.name
    }
    found = {segment_id: one.score for segment_id, one in said.items()}
    ranked = sorted(found, key=lambda segment_id: (-found[segment_id], segment_id))
    rounded = [half_up(score) for score in found.values()]
    one, two, three, four, five = (rounded.count(grade) for grade in range(1, 6))
    return PersonaSummary(
        persona=persona.name,
        title=persona.title,
        mean_score=round(sum(found.values()) / len(found), 3) if found else None,
        distribution=(one, two, three, four, five),
        best=tuple(ranked[:BEST]),
        worst=tuple(reversed(ranked[max(BEST, len(ranked) - BEST) :])),
        by_langflow=sum(one.source == "langflow" for one in said.values()),
        provisional=sum(one.provisional for one in said.values()),
    )


def shares(weights: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """Fractions per name, largest first."""
    sums: Mapping[str, float] = defaultdict(float)
    for name, weight in weights:
        sums[name] += weight  # type: ignore[index]
    total = sum(sums.values())
    found = ((name, round(weight / total, 4)) for name, weight in sums.items() if total)
    return tuple(sorted(found, key=lambda share: (-share[1], share[0])))


def half_up(score: float) -> int:
    """A score as one of the grades 1-5, halves up."""
    return int(score + 0.5)


def loudness(window: Window, segment: Segment) -> float | None:
    """Integrated loudness of a segment in LUFS, None when all of it is below the gate."""
    return integrated_between(window.momentary_lufs, segment.start_s - window.start_s, segment.end_s - window.start_s)
