"""The head of a recording: what it is, how it went, what was found wrong with it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from soniclayer.domain.language import LANGUAGES
from soniclayer.export.html_report.markup import Child, Markup, element, joined
from soniclayer.export.html_report.words import STAGES, STATES, counted, date, lufs, percent
from soniclayer.export.plain import LIKELY_LANGUAGE, one_line

if TYPE_CHECKING:
    from soniclayer.domain.summary import Failure, Summary
    from soniclayer.export.html_report.sheet import Sheet

TARGET_LUFS = -23.0
TOLERANCE_LU = 1.0
"""EBU R128 (2020): -23.0 LUFS, within 1.0 LU where 0.2 LU cannot be had, as in live programmes."""

_MOST_DEAD_AIR = 12
_MARKS = {"completed": "good", "completed_with_errors": "warn", "failed": "bad", "cancelled": "warn"}


def facts(sheet: Sheet) -> Markup:
    """Name, state, the facts in pairs, then what went wrong."""
    result, summary = sheet.result, sheet.result.summary
    state = element(
        "span", STATES.get(result.state, result.state), class_=f"badge {_MARKS.get(result.state, '')}".strip()
    )
    pairs = [
        ("State", joined((state, *_unfinished(sheet)))),
        ("Length", sheet.time(sheet.duration_s) if sheet.duration_s else "not known"),
        ("Speech", _speech(sheet)),
        ("Language", _language(summary)),
        ("Loudness", _loudness(summary)),
        ("Dead air", _dead_air(sheet)),
        ("Uploaded", date(result.uploaded_at) if result.uploaded_at else None),
    ]
    shown = [element("div", element("dt", term), element("dd", told)) for term, told in pairs if told is not None]
    name = element("bdi", one_line(result.name) or result.audio_id)
    tag = "h2" if sheet.number else "h1"
    return element("div", element(tag, name, class_="level-1"), element("dl", *shown, class_="facts"), _faults(sheet))


def _unfinished(sheet: Sheet) -> tuple[Child, ...]:
    if sheet.result.state in {"accepted", "preparing", "processing"}:
        return (" ", element("span", "This page holds what there was when it was made.", class_="faint"))
    return ()


def _speech(sheet: Sheet) -> str | None:
    summary = sheet.result.summary
    if not summary.duration_s or (not summary.speech_s and not summary.inputs):
        return None
    return f"{sheet.time(summary.speech_s)} ({percent(summary.speech_s / summary.duration_s)})"


def _language(summary: Summary) -> str:
    if summary.language is None:
        return "not known"
    guess = summary.language_probability is not None and summary.language_probability < LIKELY_LANGUAGE
    return f"{LANGUAGES.get(summary.language, summary.language)}{', not sure' if guess else ''}"


def _loudness(summary: Summary) -> Markup | None:
    if summary.loudness_lufs is None or not math.isfinite(summary.loudness_lufs):
        return None
    off_lu = summary.loudness_lufs - TARGET_LUFS
    if abs(off_lu) <= TOLERANCE_LU:
        remark = element("span", f"as EBU R128 asks ({lufs(TARGET_LUFS)})", class_="faint")
    else:
        told = f"{abs(off_lu):.1f} LU {'above' if off_lu > 0 else 'below'} EBU R128 ({lufs(TARGET_LUFS)})"
        remark = element("span", told, class_="badge warn")
    return joined((lufs(summary.loudness_lufs), " ", remark))


def _dead_air(sheet: Sheet) -> Markup | None:
    spans = sheet.result.summary.dead_air
    if not spans:
        return None
    told = [f"{span.duration_s:.0f} s at {sheet.time(span.start_s)}" for span in spans[:_MOST_DEAD_AIR]]
    more = [f"{len(spans) - _MOST_DEAD_AIR} more"] if len(spans) > _MOST_DEAD_AIR else []
    return element("span", ", ".join(told + more), class_="badge warn")


def _faults(sheet: Sheet) -> Markup | None:
    summary = sheet.result.summary
    if not summary.damage and not summary.failures:
        return None
    damage = [
        element("li", element("b", "The file is damaged. "), "What could be read of it is here: ", summary.damage)
    ]
    failures = [_failure(failure) for failure in summary.failures]
    title = element("p", element("b", counted(len(failures) + bool(summary.damage), "thing", "things"), " went wrong"))
    return element("div", title, element("ul", *(damage if summary.damage else []), *failures), class_="faults")


def _failure(failure: Failure) -> Markup:
    stage = STAGES.get(failure.step.partition(".")[0], failure.step)
    tries = counted(failure.attempts, "try", "tries")
    detail = element("span", f" ({failure.step}, {failure.code}, {tries})", class_="faint")
    return element("li", element("b", stage, ": "), failure.message, detail)
