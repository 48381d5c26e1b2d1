"""A recording divided into cells of equal time, as a picture of it needs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from soniclayer.domain.summary import SegmentReport

if TYPE_CHECKING:
    from collections.abc import Sequence

_TICKS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800)


@dataclass(frozen=True)
class Cell:
    """One stretch of time: the segments in it, each with its seconds there."""

    parts: tuple[tuple[SegmentReport, float], ...]

    @property
    def kind(self) -> str | None:
        """What most of it is; None where nothing is known."""
        seconds: dict[str, float] = {}
        for report, part_s in self.parts:
            seconds[report.segment.kind] = seconds.get(report.segment.kind, 0.0) + part_s
        return max(seconds, key=lambda kind: seconds[kind], default=None)

    @property
    def topic(self) -> str | None:
        """The topic of its longest part; None without one."""
        report = max(self.parts, key=lambda part: part[1], default=(None, 0.0))[0]
        return report.topic.name if report and report.topic else None

    def score(self, persona: str) -> float | None:
        """Mean score of a persona, weighted by time."""
        found = [
            (evaluation.score, part_s)
            for report, part_s in self.parts
            for evaluation in report.evaluations
            if evaluation.persona == persona
        ]
        return sum(score * part_s for score, part_s in found) / sum(s for _, s in found) if found else None


def cells(segments: Sequence[SegmentReport], duration_s: float, count: int) -> list[Cell]:
    """`count` cells that tile the recording; `segments` in time order."""
    step_s = duration_s / count
    return [Cell(_parts(segments, n * step_s, (n + 1) * step_s)) for n in range(count)]


def tick_s(duration_s: float, most: int) -> int:
    """Seconds between the marks of a time axis with at most `most` of them: a step people count in."""
    return next((step for step in _TICKS_S if duration_s / step <= most), _TICKS_S[-1])


def _parts(segments: Sequence[SegmentReport], start_s: float, end_s: float) -> tuple[tuple[SegmentReport, float], ...]:
    overlaps = (
        (report, min(end_s, report.segment.end_s) - max(start_s, report.segment.start_s)) for report in segments
    )
    return tuple((report, overlap_s) for report, overlap_s in overlaps if overlap_s > 0)
