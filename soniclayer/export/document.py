"""json: a Result, complete, its fields in their order."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from soniclayer.domain.summary import Result

SCHEMA = 1
"""Goes up when a key changes its meaning or goes away; new keys may come at any time."""


def json_document(result: Result) -> str:
    """One recording, indented for people: a Result, rounded, the fields of a segment beside what is known of it."""
    return json.dumps(_document(result), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def json_lines(results: Iterable[Result]) -> str:
    """Several recordings, one document a line."""
    return "".join(json.dumps(_document(r), ensure_ascii=False, allow_nan=False) + "\n" for r in results)


def _document(result: Result) -> dict[str, Any]:
    fields = _rounded(asdict(result))
    return {"schema": SCHEMA, **fields, "segments": [_flat(report) for report in fields["segments"]]}


def _flat(report: dict[str, Any]) -> dict[str, Any]:
    known = {key: value for key, value in report.items() if key != "segment"}
    return {"segment_id": report["segment"]["segment_id"], **report["segment"], **known}


def _rounded(value: Any, key: str = "") -> Any:
    """Loudness to 0.1 LUFS, all else to 3 decimals (times: milliseconds); what is no number becomes null."""
    if isinstance(value, dict):
        return {name: _rounded(part, name) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(part, key) for part in value]
    if isinstance(value, float):
        return round(value, 1 if key.endswith("_lufs") else 3) if math.isfinite(value) else None
    return value
