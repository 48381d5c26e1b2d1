"""One recording on the page, and what its parts ask of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from soniclayer.domain.summary import Result
from soniclayer.export.html_report.markup import Markup, element
from soniclayer.export.plain import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from soniclayer.domain.summary import PersonaScore, SegmentReport


@dataclass(frozen=True)
class Sheet:
    """A recording as a part of the page: the `number`-th, from 1; 0 where there is no other."""

    result: Result
    number: int = 0

    @cached_property
    def duration_s(self) -> float:
        """Length in seconds, as far as it is known."""
        return max([self.result.summary.duration_s, *(report.segment.end_s for report in self.result.segments[-1:])])

    @cached_property
    def titles(self) -> dict[str, str]:
        """Persona -> title: those of the summary, then those that only segments know, which have but a name."""
        titles = {persona.persona: persona.title for persona in self.result.summary.personas}
        judges = (score.persona for report in self.result.segments for score in report.evaluations)
        return titles | {name: name for name in dict.fromkeys(judges) if name not in titles}

    @cached_property
    def segments(self) -> dict[str, SegmentReport]:
        """Segment id -> segment."""
        return {report.segment.segment_id: report for report in self.result.segments}

    def anchor(self, name: str) -> str:
        """The id of something on the page, different from that of the same in another recording."""
        return f"recording-{self.number}-{name}" if self.number else name

    def segment_anchor(self, segment_id: str) -> str:
        """The id of a segment."""
        return self.anchor(f"segment-{segment_id}")

    def time(self, seconds: float) -> str:
        """`1:23`, with hours where the recording has some."""
        return clock(seconds, hours=self.duration_s >= 3600)  # noqa: PLR2004 - seconds in an hour

    def heading(self, level: int, text: str, anchor: str | None = None) -> Markup:
        """A heading, the first level being that of the recording's name."""
        tag = f"h{level + bool(self.number)}"
        return element(tag, text, id=self.anchor(anchor) if anchor else None, class_=f"level-{level}")


def score_of(report: SegmentReport, persona: str) -> PersonaScore | None:
    """A persona's evaluation of a segment."""
    return next((score for score in report.evaluations if score.persona == persona), None)


def seconds_by(reports: Iterable[SegmentReport], what: Callable[[SegmentReport], str | None]) -> dict[str, float]:
    """How long the segments last of which the same is told, in the order in which it is first told."""
    seconds: dict[str, float] = {}
    for report in reports:
        told = what(report)
        if told is not None:
            seconds[told] = seconds.get(told, 0.0) + report.segment.duration_s
    return seconds


def topic_of(report: SegmentReport) -> str | None:
    """The name of its topic."""
    return report.topic.name if report.topic else None


def tone_of(report: SegmentReport) -> str | None:
    """The name of its tone."""
    return report.tone.name if report.tone else None
