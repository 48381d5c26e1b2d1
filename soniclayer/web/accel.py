"""Files that nginx sends by itself, once we have said who may have them (X-Accel-Redirect)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from soniclayer.web.proxy import ACCEL_MAPPING

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

_ONE_RANGE = re.compile(r"bytes=(?:(\d+)-(\d*)|-(0*[1-9]\d*))", re.ASCII)


def accel_headers(request: Request, path: Path, size_bytes: int) -> dict[str, str] | None:
    """The header of an answer without a body that makes our proxy send this file; None when we send it ourselves.

    Our proxy asks for it with `X-Accel-Mapping: <folder>=<location>`, as of Rack::Sendfile; see `TrustedProxy`. What
    it would refuse, or see differently from us, stays with us: a range that is not in the file, several ranges, and
    If-Match, since it does not know our ETag.
    """
    folder, _, location = request.scope.get(ACCEL_MAPPING, "").partition("=")
    if not (folder.startswith("/") and location.startswith("/") and path.is_relative_to(folder)):
        return None
    if "If-Match" in request.headers or not _is_plain(request.headers.get("Range"), size_bytes):
        return None
    return {"X-Accel-Redirect": quote(f"{location.rstrip('/')}/{path.relative_to(folder)}")}


def _is_plain(asked: str | None, size_bytes: int) -> bool:
    """Whether everything is asked for, or one range of bytes that is there."""
    if asked is None:
        return True
    match = _ONE_RANGE.fullmatch(asked)
    if match is None:
        return False
    first, last, _ = match.groups()
    return first is None or (int(first) < size_bytes and (not last or int(first) <= int(last)))
