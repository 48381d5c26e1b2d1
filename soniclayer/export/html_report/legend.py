"""What the colours and signs of the timeline mean, and the timeline in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.export.html_report.markup import Markup, element
from soniclayer.export.html_report.sheet import seconds_by, topic_of
from soniclayer.export.html_report.stretches import stretches
from soniclayer.export.html_report.words import KINDS, swatch

if TYPE_CHECKING:
    from soniclayer.export.html_report.sheet import Sheet

_MOST_TOPICS_TOLD = 60


def legend(sheet: Sheet) -> Markup:
    """Only of what is there."""
    kinds = [element("span", swatch(f"kind-{kind}"), KINDS[kind]) for kind in _kinds(sheet)]
    parts = [element("span", *kinds, class_="legend")]
    if sheet.titles:
        chips = [element("b", str(score), class_=f"score-{score}") for score in range(1, 6)]
        parts.append(element("span", element("span", "Scores: dislikes it ", *chips, " likes it"), class_="legend"))
    if any(report.tags for report in sheet.result.segments):
        parts.append(element("span", swatch("tagged"), "has a tag"))
    if any(report.segment.suspicious for report in sheet.result.segments):
        parts.append(element("span", element("b", "?", class_="doubtful"), " text may be invented"))
    return element("p", *parts, class_="legend")


def in_words(sheet: Sheet) -> Markup:
    """For those who do not see the picture; the scores stand in the parts below it."""
    seconds = _kinds(sheet)
    kinds = [f"{KINDS[kind]} {sheet.time(seconds[kind])}" for kind in seconds]
    topics = [f"{sheet.time(one.start_s)} {one.shown}" for one in stretches(sheet, topic_of)]
    more = [f"and {len(topics) - _MOST_TOPICS_TOLD} more"] if len(topics) > _MOST_TOPICS_TOLD else []
    told = f" Topics: {', '.join(topics[:_MOST_TOPICS_TOLD] + more)}." if topics else ""
    words = f"A picture of {sheet.time(sheet.duration_s)}: {', '.join(kinds)}.{told}"
    return element("p", f"{words} Scores stand under Audiences and with each segment.", class_="unseen")


def _kinds(sheet: Sheet) -> dict[str, float]:
    """How long each kind lasts, in the order in which people list them."""
    seconds = seconds_by(sheet.result.segments, lambda report: report.segment.kind)
    return {kind: seconds[kind] for kind in KINDS if kind in seconds}
