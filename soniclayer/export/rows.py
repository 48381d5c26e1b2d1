"""csv: one row per segment, one score column per persona."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from soniclayer.export.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from soniclayer.domain.segment import Label
    from soniclayer.domain.summary import Result, SegmentReport

COLUMNS = (
    "audio_id",
    "name",
    "segment_id",
    "start_s",
    "end_s",
    "kind",
    "text",
    "suspicious",
    "loudness_lufs",
    "topic",
    "topic_confidence",
    "topic_unsure",
    "tone",
    "tone_confidence",
    "tone_unsure",
    "tags",
)

_FORMULA_STARTS = frozenset("=+-@")
"""A spreadsheet runs a cell that starts with one of these (OWASP, CSV injection; tab and CR are gone)."""


def csv_rows(results: Sequence[Result]) -> str:
    """RFC 4180 with a header; the columns are COLUMNS, then `score_<persona>`, then `source_<persona>` for each."""
    personas = _personas(results)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    titles = [f"{what}_{persona}" for what in ("score", "source") for persona in personas]
    writer.writerow([*COLUMNS, *map(_cell, titles)])
    for result in results:
        for segment in result.segments:
            writer.writerow([*_facts(result, segment), *_scores(segment, personas), *_sources(segment, personas)])
    return out.getvalue()


def _personas(results: Iterable[Result]) -> tuple[str, ...]:
    """Names in the order of the summaries, then those that only segments know."""
    names: dict[str, None] = {}
    for result in results:
        names |= dict.fromkeys(persona.persona for persona in result.summary.personas)
        names |= dict.fromkeys(e.persona for segment in result.segments for e in segment.evaluations)
    return tuple(names)


def _facts(result: Result, report: SegmentReport) -> list[str]:
    segment = report.segment
    return [
        result.audio_id,
        _cell(result.name),
        segment.segment_id,
        f"{segment.start_s:.3f}",
        f"{segment.end_s:.3f}",
        segment.kind,
        _cell(segment.text),
        _yes(segment.suspicious),
        "" if report.loudness_lufs is None else f"{report.loudness_lufs:.1f}",
        *_label(report.topic),
        *_label(report.tone),
        _cell("; ".join(tag.name for tag in report.tags)),
    ]


def _label(label: Label | None) -> tuple[str, str, str]:
    if label is None:
        return "", "", ""
    return _cell(label.name), f"{label.confidence:.3f}", _yes(label.unsure)


def _scores(report: SegmentReport, personas: Iterable[str]) -> list[str]:
    scores = {evaluation.persona: f"{evaluation.score:.2f}" for evaluation in report.evaluations}
    return [scores.get(persona, "") for persona in personas]


def _sources(report: SegmentReport, personas: Iterable[str]) -> list[str]:
    sources = {one.persona: "provisional" if one.provisional else one.source for one in report.evaluations}
    return [sources.get(persona, "") for persona in personas]


def _yes(value: bool) -> str:  # noqa: FBT001 - it is the value
    return "true" if value else "false"


def _cell(text: str) -> str:
    """One line that no spreadsheet takes for a formula: a leading `=`, `+`, `-` or `@` gets an apostrophe."""
    line = one_line(text)
    return f"'{line}" if line[:1] in _FORMULA_STARTS else line
