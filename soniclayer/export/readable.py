"""txt: a transcript to read, one line per segment with its time; what is not speech stands in brackets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.export.plain import clock, dead_air, language, one_line

if TYPE_CHECKING:
    from soniclayer.domain.segment import Segment
    from soniclayer.domain.summary import Result


def readable_text(result: Result) -> str:
    """Name, a line of facts, then `0:09  What was said.`; what may be invented by the model is marked."""
    hours = result.summary.duration_s >= 3600  # noqa: PLR2004 - seconds in an hour
    lines = [one_line(result.name) or result.audio_id, _facts(result), ""]
    for report in result.segments:
        segment = report.segment
        lines.append(f"{clock(segment.start_s, hours=hours)}  {_said(segment)}")
    return "\n".join(lines) + "\n"


def _facts(result: Result) -> str:
    summary = result.summary
    facts = [clock(summary.duration_s), language(summary.language, summary.language_probability), result.state]
    if summary.dead_air:
        facts.append(dead_air(summary.dead_air))
    if summary.damage:
        facts.append(f"damaged: {one_line(summary.damage)}")
    return ", ".join(facts)


def _said(segment: Segment) -> str:
    if segment.kind != "speech":
        return f"[{segment.kind}, {segment.duration_s:.0f} s]"
    text = one_line(segment.text)
    return f"[doubtful] {text}" if segment.suspicious else text
