"""How well topics and tones were found: every speech segment against the part of the programme it lies in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from soniclayer.domain.segment import Label
from soniclayer.domain.summary import SegmentReport
from soniclayer.pipeline.calibration import expected_calibration_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quality.truth import Part, Truth

    from soniclayer.domain.window import Span

Kind = Literal["topic", "tone"]


REACHES_S = 1.0
"""A segment that shares less with a part does not reach into it: a word at its edge says little about the topic."""


@dataclass(frozen=True)
class Verdict:
    """One speech segment's label, `found`, and the labels that are right in its part.

    `across`: the segment reaches into another part of speech, so no label can be right for all of it.
    """

    report: SegmentReport
    found: Label | None
    accepted: tuple[str, ...]
    across: bool

    @property
    def right(self) -> bool:
        """Whether a fair judge accepts the label; no label at all is wrong."""
        return self.found is not None and self.found.name in self.accepted


@dataclass(frozen=True)
class LabelFigures:
    """Shares of 1; None where there is nothing to count."""

    accuracy: float | None
    calibration_error: float | None
    sure_accuracy: float | None
    unsure_accuracy: float | None
    segments: int
    sure_segments: int
    segments_across: int


def verdicts(truth: Truth, reports: Sequence[SegmentReport], kind: Kind) -> list[Verdict]:
    """Every speech segment that lies in a part with a truth label, in order of time."""
    found = []
    for report in reports:
        part = part_of(truth, report.segment) if report.segment.kind == "speech" else None
        accepted = (part.topics if kind == "topic" else part.tones) if part else ()
        if accepted:
            label = report.topic if kind == "topic" else report.tone
            found.append(Verdict(report, label, accepted, _across(truth, report.segment)))
    return found


def part_of(truth: Truth, span: Span) -> Part | None:
    """The part a segment overlaps most, the earlier of equals; None when it lies between parts."""
    best = max(truth.parts, key=lambda part: overlap_s(part, span))
    return best if overlap_s(best, span) > 0 else None


def overlap_s(one: Span, other: Span) -> float:
    """How long both last at once, in seconds."""
    return max(0.0, min(one.end_s, other.end_s) - max(one.start_s, other.start_s))


def label_figures(judged: Sequence[Verdict]) -> LabelFigures:
    """How many are right, among all, those called sure and those called `unsure`; and what confidence is worth."""
    labelled = [verdict for verdict in judged if verdict.found]
    sure = [verdict for verdict in labelled if verdict.found and not verdict.found.unsure]
    unsure = [verdict for verdict in labelled if verdict.found and verdict.found.unsure]
    confidences = [verdict.found.confidence for verdict in labelled if verdict.found]
    error = expected_calibration_error(confidences, [verdict.right for verdict in labelled])
    return LabelFigures(
        accuracy=_share_right(judged),
        calibration_error=error if labelled else None,
        sure_accuracy=_share_right(sure),
        unsure_accuracy=_share_right(unsure),
        segments=len(judged),
        sure_segments=len(sure),
        segments_across=sum(verdict.across for verdict in judged),
    )


def _across(truth: Truth, span: Span) -> bool:
    return sum(part.kind == "speech" and overlap_s(part, span) >= REACHES_S for part in truth.parts) > 1


def _share_right(judged: Sequence[Verdict]) -> float | None:
    return sum(verdict.right for verdict in judged) / len(judged) if judged else None
