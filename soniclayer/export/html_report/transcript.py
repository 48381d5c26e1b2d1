"""Every segment: when, what was said, what it is about, and what each audience says of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from soniclayer.export.html_report.markup import Markup, element, joined
from soniclayer.export.html_report.opinions import opinions
from soniclayer.export.html_report.words import KINDS, lufs, percent, swatch

if TYPE_CHECKING:
    from soniclayer.domain.segment import Label, Tag
    from soniclayer.domain.summary import SegmentReport
    from soniclayer.export.html_report.sheet import Sheet

_MANY = 150
"""From here on a browser lays out only those that are seen."""

_LANGUAGE_TAG = re.compile(r"[a-z]{2,3}")


def transcript(sheet: Sheet) -> Markup:
    """All segments in time order, each with an anchor: `#segment-0003.02`."""
    if not sheet.result.segments:
        told = element("p", "There is no text: nothing could be heard in this recording, or not yet.", class_="faint")
        return element("section", sheet.heading(2, "Transcript", "transcript"), told)
    entries = [_entry(sheet, report) for report in sheet.result.segments]
    return element(
        "section",
        sheet.heading(2, "Transcript", "transcript"),
        element("ol", *entries, class_="segments many" if len(entries) > _MANY else "segments"),
    )


def _entry(sheet: Sheet, report: SegmentReport) -> Markup:
    segment = report.segment
    anchor = sheet.segment_anchor(segment.segment_id)
    when = element("a", sheet.time(segment.start_s), href=f"#{anchor}", class_="when")
    if segment.kind != "speech":
        told = (swatch(f"kind-{segment.kind}"), f"{KINDS[segment.kind]}, {segment.duration_s:.0f} s", _loud(report))
        return element("li", when, element("p", *told, class_="faint"), id=anchor, class_="silent")
    said = element("p", segment.text, lang=_lang(sheet), class_="said")
    return element("li", when, element("div", said, _known(report), opinions(sheet, report)), id=anchor)


def _lang(sheet: Sheet) -> str | None:
    code = sheet.result.summary.language or ""
    return code if _LANGUAGE_TAG.fullmatch(code) else None


def _known(report: SegmentReport) -> Markup:
    """A line of facts: labels, tags with what they rest on, doubts."""
    parts = [
        _label("Topic", report.topic),
        _label("Tone", report.tone),
        *(_tag(tag) for tag in report.tags),
        element("span", "text may be invented", class_="badge warn") if report.segment.suspicious else None,
        element("span", "another voice", class_="faint") if report.segment.turn else None,
        element("span", f"{report.segment.duration_s:.0f} s", _loud(report), class_="faint"),
    ]
    return element("p", joined(" " if part is None else Markup(f"{part} ") for part in parts), class_="known")


def _label(what: str, label: Label | None) -> Markup | None:
    if label is None:
        return None
    sure = percent(label.confidence)
    if label.unsure:
        rest = element("span", f"{sure}, unsure: perhaps {label.runner_up}", class_="badge warn")
    else:
        rest = element("span", f"{sure}, then {label.runner_up}" if label.runner_up else sure, class_="faint")
    return element("span", element("span", f"{what} ", class_="faint"), element("b", label.name), " ", rest)


def _tag(tag: Tag) -> Markup:
    evidence = element("q", tag.evidence) if tag.evidence else None
    return element("span", tag.name, ": " if evidence else None, evidence, class_="badge tag")


def _loud(report: SegmentReport) -> str | None:
    return None if report.loudness_lufs is None else f", {lufs(report.loudness_lufs)}"
