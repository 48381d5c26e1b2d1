"""json: a Result, complete, its fields in their order."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from soniclayer.domain.summary import Result, SegmentReport

SCHEMA = 1
"""Goes up when a key changes its meaning or goes away; new keys may come at any time."""


def json_document(result: Result) -> str:
    """One recording, indented for people: a Result, rounded, the fields of a segment beside what is known of it.

    Segments are written one at a time: those of four hours at once took 50 MB more.
    """
    head = _dumps(_head(result), indent=1).removesuffix("\n}")
    segments = ",".join("\n" + _dumps(_flat(report), indent=1) for report in result.segments)
    inner = segments.replace("\n", "\n  ") + "\n " if segments else ""
    return f'{head},\n "segments": [{inner}]\n}}\n'


def json_lines(results: Iterable[Result]) -> str:
    """Several recordings, one document a line."""
    return "".join(_dumps({**_head(r), "segments": [_flat(report) for report in r.segments]}) + "\n" for r in results)


def _dumps(value: dict[str, Any], indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)


def _head(result: Result) -> dict[str, Any]:
    """Everything but the segments, which come last."""
    fields: dict[str, Any] = _rounded(asdict(replace(result, segments=())))
    del fields["segments"]
    return {"schema": SCHEMA, **fields}


def _flat(report: SegmentReport) -> dict[str, Any]:
    fields = _rounded(asdict(report))
    segment = fields.pop("segment")
    return {"segment_id": segment["segment_id"], **segment, **fields}


def _rounded(value: Any, key: str = "") -> Any:
    """Loudness to 0.1 LUFS, all else to 3 decimals (times: milliseconds); what is no number becomes null."""
    if isinstance(value, dict):
        return {name: _rounded(part, name) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(part, key) for part in value]
    if isinstance(value, float):
        return round(value, 1 if key.endswith("_lufs") else 3) if math.isfinite(value) else None
    return value
