"""The lanes of the timeline: what each shows, drawn in shapes that stretch and in letters that do not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soniclayer.export.html_report.facts import TARGET_LUFS
from soniclayer.export.html_report.label_colour import label_class
from soniclayer.export.html_report.markup import Markup, element
from soniclayer.export.html_report.sheet import score_of, tone_of, topic_of
from soniclayer.export.html_report.stretches import UNITS, Stretch, box, has_room, percent_of, stretches
from soniclayer.export.html_report.words import level, lufs, score_chip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from soniclayer.domain.summary import PersonaSummary, SegmentReport
    from soniclayer.export.html_report.sheet import Sheet

ROW = 28
"""Height of a lane, in pixels."""

_TOP, _HEIGHT = 3, 22
_FULL, _THIN = (_TOP, _HEIGHT), (_TOP + 5, 12)
"""Top and height of what is drawn in a lane."""

_DIGIT_WIDTH = 11
_NAME_WIDTH = 28
_QUIETEST_LUFS, _LOUDEST_LUFS = -50.0, -5.0
_LETTERS_INSIDE_FROM = 3


@dataclass(frozen=True)
class Lane:
    """One row: its name in words, `shapes` in UNITS by pixels, `letters` in percent by pixels; y from its own top."""

    name: Markup
    shapes: Markup
    letters: Markup


def lanes(sheet: Sheet) -> list[Lane]:
    """Kind, topic, tone, a lane per persona, loudness, remarks; only those that have something to show."""
    personas = {persona.persona: persona for persona in sheet.result.summary.personas}
    found = [
        _kinds(sheet),
        _labels(sheet, "Topic", topic_of),
        _labels(sheet, "Tone", tone_of),
        *(_scores(sheet, name, title, personas.get(name)) for name, title in sheet.titles.items()),
        _loudness(sheet),
        _remarks(sheet),
    ]
    return [lane for lane in found if lane.shapes or lane.letters]


def _kinds(sheet: Sheet) -> Lane:
    found = stretches(sheet, lambda report: report.segment.kind)
    return Lane(element("b", "Sound"), _boxes(found, lambda kind: f"kind-{kind}", lambda _: _THIN), Markup())


def _labels(sheet: Sheet, name: str, label_of: Callable[[SegmentReport], str | None]) -> Lane:
    found = stretches(sheet, label_of)
    letters = [_name_of(sheet, one) for one in found if has_room(sheet, one, _NAME_WIDTH)]
    shapes = _boxes(found, label_class, lambda _: _FULL)
    return Lane(element("b", name), shapes, Markup("".join(letters)))


def _scores(sheet: Sheet, persona: str, title: str, summary: PersonaSummary | None) -> Lane:
    """Steps of five heights on a ground; the height tells the score, too, where there is no room for a digit."""

    def shown(report: SegmentReport) -> str | None:
        score = score_of(report, persona)
        return str(level(score.score)) if score else None

    found = stretches(sheet, shown)
    ground = _boxes(found, lambda _: "ground", lambda _: _FULL)
    steps = _boxes(found, lambda score: f"step-{score}", _step)
    digits = [_digit(sheet, one) for one in found if has_room(sheet, one, _DIGIT_WIDTH)]
    mean = score_chip(summary.mean_score) if summary else Markup()
    return Lane(Markup(element("bdi", title) + mean), Markup(ground + steps), Markup("".join(digits)))


def _loudness(sheet: Sheet) -> Lane:
    loud = [
        box(report.segment.start_s, report.segment.end_s, _TOP + _HEIGHT - height, height)
        for report in sheet.result.segments
        if (height := _loud(report.loudness_lufs)) > 0
    ]
    if not loud:
        return Lane(Markup(), Markup(), Markup())
    y = _TOP + _HEIGHT - _loud(TARGET_LUFS)
    line = element("path", class_="loud-line", d=f"M0 {y:g}h{round(sheet.duration_s * UNITS)}")
    name = element("span", element("b", "Loudness"), " ", element("small", f"line: {lufs(TARGET_LUFS)}"))
    return Lane(name, Markup(element("path", class_="loud", d="".join(loud)) + line), Markup())


def _remarks(sheet: Sheet) -> Lane:
    letters = []
    for report in sheet.result.segments:
        x = f"{percent_of(sheet, (report.segment.start_s + report.segment.end_s) / 2):.2f}%"
        if report.tags:
            letters.append(element("circle", class_="tagged", cx=x, cy=ROW / 2, r=4))
        if report.segment.suspicious:
            letters.append(element("text", "?", class_="doubtful", x=x, y=ROW / 2 + 5))
    return Lane(element("b", "Remarks"), Markup(), Markup("".join(letters)))


def _boxes(
    found: Iterable[Stretch], class_of: Callable[[str], str], place_of: Callable[[str], tuple[float, float]]
) -> Markup:
    """One path for all stretches of a class, each at its place: top and height."""
    drawn: dict[str, list[str]] = {}
    for one in found:
        drawn.setdefault(class_of(one.shown), []).append(box(one.start_s, one.end_s, *place_of(one.shown)))
    return Markup("".join(element("path", class_=class_, d="".join(parts)) for class_, parts in drawn.items()))


def _step(score: str) -> tuple[float, float]:
    height = _HEIGHT * int(score) / 5
    return _TOP + _HEIGHT - height, height


def _digit(sheet: Sheet, stretch: Stretch) -> Markup:
    score = int(stretch.shown)
    middle = percent_of(sheet, (stretch.start_s + stretch.end_s) / 2)
    inside = score >= _LETTERS_INSIDE_FROM
    y = _TOP + _HEIGHT - 2 if inside else _step(stretch.shown)[0] - 1
    return element(
        "text", stretch.shown, class_=f"digit on-{score}" if inside else "digit", x=f"{middle:.2f}%", y=f"{y:g}"
    )


def _name_of(sheet: Sheet, stretch: Stretch) -> Markup:
    """The name in a field of its own, which cuts what has no room."""
    x, width = percent_of(sheet, stretch.start_s), percent_of(sheet, stretch.end_s - stretch.start_s)
    text = element("text", stretch.shown, x=4, y=_TOP + 15)
    return element("svg", text, x=f"{x:.2f}%", width=f"{width:.2f}%", height=ROW)


def _loud(loudness_lufs: float | None) -> float:
    """The height of a loudness."""
    if loudness_lufs is None or not math.isfinite(loudness_lufs):
        return 0.0
    share = (loudness_lufs - _QUIETEST_LUFS) / (_LOUDEST_LUFS - _QUIETEST_LUFS)
    return round(_HEIGHT * min(1.0, max(0.0, share)), 1)
