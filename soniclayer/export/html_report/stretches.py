"""Where on the axis of time things lie: neighbours that show the same are one stretch, drawn and inscribed as one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from soniclayer.domain.summary import SegmentReport
    from soniclayer.export.html_report.sheet import Sheet

LEAST_WIDTH = 560
"""The page never draws the lanes narrower, in pixels (page.css): what has room here has room everywhere."""

UNITS = 10
"""Of the horizontal axis, to a second."""

_GAP_S = 2.5
"""Neighbours of one kind are nearer to each other: a longer silence is a segment of its own (docs/hearing.md)."""


@dataclass(frozen=True)
class Stretch:
    """Neighbours that show the same."""

    start_s: float
    end_s: float
    shown: str


def stretches(sheet: Sheet, shown: Callable[[SegmentReport], str | None]) -> list[Stretch]:
    """All stretches, in time order, but for what shows None; where nothing is known yet one ends."""
    found: list[Stretch] = []
    for report in sheet.result.segments:
        segment, told = report.segment, shown(report)
        if told is None:
            continue
        before = found[-1] if found else None
        if before and before.shown == told and segment.start_s - before.end_s < _GAP_S:
            found[-1] = replace(before, end_s=segment.end_s)
        else:
            found.append(Stretch(segment.start_s, segment.end_s, told))
    return found


def box(start_s: float, end_s: float, top: float, height: float) -> str:
    """A rectangle as a part of the `d` of a path: UNITS by pixels."""
    left, right = round(start_s * UNITS), round(end_s * UNITS)
    width = max(1, right - left)
    return f"M{left} {top:g}h{width}v{height:g}h-{width}z"


def percent_of(sheet: Sheet, seconds: float) -> float:
    """Seconds as percent of the axis."""
    return seconds / sheet.duration_s * 100


def has_room(sheet: Sheet, stretch: Stretch, width: float) -> bool:
    """Whether something of that width, in pixels, fits over the stretch however narrow the page is."""
    return (stretch.end_s - stretch.start_s) / sheet.duration_s * LEAST_WIDTH >= width
