"""The recording at a glance: lanes on one axis of time, and the same in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.export.html_report.lanes import ROW, lanes
from soniclayer.export.html_report.legend import in_words, legend
from soniclayer.export.html_report.markup import Markup, element
from soniclayer.export.html_report.stretches import UNITS, box
from soniclayer.export.html_report.words import KINDS
from soniclayer.export.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soniclayer.domain.summary import SegmentReport
    from soniclayer.export.html_report.lanes import Lane
    from soniclayer.export.html_report.sheet import Sheet

_AXIS = 22
"""Height of the axis, in pixels."""

_TICKS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 57600, 115200)
_MOST_TICKS = 8
_MOST_DIVIDED = 150
"""With more segments than that their edges would be all that is seen."""


def timeline(sheet: Sheet) -> Markup | None:
    """The picture with its legend; nothing where there are no segments."""
    if not sheet.result.segments or sheet.duration_s <= 0:
        return None
    rows = lanes(sheet)
    names = element("ul", *(element("li", lane.name) for lane in rows), class_="lane-names")
    picture = element("div", names, _drawing(sheet, rows), class_="lanes")
    region = element(
        "div",
        picture,
        class_="scroll",
        role="region",
        aria_label=f"Timeline of {one_line(sheet.result.name)}",
        tabindex=0,
    )
    hint = element(
        "p", "Point at a segment to see what is known of it; follow it to its text.", class_="faint screen-only"
    )
    return element(
        "section",
        sheet.heading(2, "Over time", "over-time"),
        hint,
        element("figure", region, element("figcaption", legend(sheet), in_words(sheet))),
    )


def _drawing(sheet: Sheet, rows: Sequence[Lane]) -> Markup:
    """Shapes lie in a picture that is stretched to the width there is, letters beside it in percent of that width."""
    width, height = max(1, round(sheet.duration_s * UNITS)), len(rows) * ROW
    shapes = [element("g", lane.shapes, transform=f"translate(0 {n * ROW})") for n, lane in enumerate(rows)]
    letters = [element("svg", lane.letters, y=n * ROW, height=ROW) for n, lane in enumerate(rows) if lane.letters]
    divided = len(sheet.result.segments) <= _MOST_DIVIDED
    return element(
        "svg",
        _stretched(width, height, *shapes, class_="divided" if divided else None),
        *letters,
        element("svg", *_axis(sheet), y=height, height=_AXIS),
        _stretched(width, height, *(_touched(sheet, report, height) for report in sheet.result.segments)),
        class_="drawing",
        width="100%",
        height=height + _AXIS,
        aria_hidden="true",
    )


def _stretched(width: int, height: int, *children: Markup, class_: str | None = None) -> Markup:
    """A picture `width` UNITS wide, as wide as there is room."""
    return element(
        "svg",
        *children,
        class_=class_,
        viewBox=f"0 0 {width} {height}",
        preserveAspectRatio="none",
        width="100%",
        height=height,
    )


def _axis(sheet: Sheet) -> list[Markup]:
    step_s = next((step for step in _TICKS_S if sheet.duration_s / step <= _MOST_TICKS), _TICKS_S[-1])
    marks = []
    for at_s in range(0, int(sheet.duration_s) + 1, step_s):
        x = f"{at_s / sheet.duration_s * 100:.2f}%"
        marks.append(element("rect", class_="tick", x=x, width=1, height=5))
        marks.append(element("text", sheet.time(at_s), class_=_side(at_s, sheet.duration_s), x=x, y=17))
    return marks


def _side(at_s: float, duration_s: float) -> str:
    """Times at both ends stay inside the picture."""
    share = at_s / duration_s
    return "time first" if share < 0.03 else "time last" if share > 0.97 else "time"  # noqa: PLR2004


def _touched(sheet: Sheet, report: SegmentReport, height: int) -> Markup:
    """What the pointer meets: a link to the segment, with what is known of it."""
    segment = report.segment
    area = element("path", class_="touch", d=box(segment.start_s, segment.end_s, 0, height))
    return element(
        "a",
        element("title", _told(sheet, report)),
        area,
        href=f"#{sheet.segment_anchor(segment.segment_id)}",
        tabindex=-1,
    )


def _told(sheet: Sheet, report: SegmentReport) -> str:
    segment = report.segment
    labels = [f"{label.name}{'?' if label.unsure else ''}" for label in (report.topic, report.tone) if label]
    told = f"{sheet.time(segment.start_s)} to {sheet.time(segment.end_s)}, {', '.join(labels) or KINDS[segment.kind]}"
    scores = [f"{sheet.titles[one.persona]} {one.score:.1f}" for one in report.evaluations]
    tags = [tag.name for tag in report.tags] + (["may be invented"] if segment.suspicious else [])
    return "; ".join([told, *scores, *tags])
