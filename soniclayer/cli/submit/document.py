"""A result as the API tells it (docs/formats.md, JSON), as a Result again: for the report and the exports."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from soniclayer.domain.segment import Segment
from soniclayer.domain.summary import Result
from soniclayer.storage.codec import decode

_SEGMENT_FIELDS = frozenset(field.name for field in fields(Segment))


def result_of_document(document: dict[str, Any]) -> Result:
    """The Result a document was made from, rounded as it is there.

    Raises:
        StoreError: `object_damaged`, when it is no such document.
    """
    segments = [_report(segment) for segment in document.get("segments", ())]
    return decode(Result, json.dumps({**document, "segments": segments}).encode())


def _report(flat: dict[str, Any]) -> dict[str, Any]:
    """The fields of the segment in a place of their own."""
    rest = {name: value for name, value in flat.items() if name not in _SEGMENT_FIELDS}
    return {"segment": {name: value for name, value in flat.items() if name in _SEGMENT_FIELDS}, **rest}
