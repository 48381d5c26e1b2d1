"""Answers: JSON of dataclasses, and ETags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from soniclayer.storage.codec import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

JSON = "application/json"
UNCHANGED = 304


def as_json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The JSON of a dataclass, as the store would write it."""
    return Response(encode(value), status, headers, JSON)


def versioned(
    request: Request,
    version: str,
    body: bytes,
    *,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer with an ETag; 304 when the client has that version already. Another version means other bytes."""
    if has_seen(request, version):
        return unchanged(version, headers)
    return Response(body, 200, {**cached(version), **(headers or {})}, media_type)


def unchanged(version: str, headers: Mapping[str, str] | None = None) -> Response:
    """304: what the client has is what it would get."""
    return Response(status_code=UNCHANGED, headers={**cached(version), **(headers or {})})


def has_seen(request: Request, version: str) -> bool:
    """Whether the client has this version, by its If-None-Match (RFC 9110, weak comparison)."""
    known = request.headers.get("If-None-Match", "")
    return known.strip() == "*" or f'"{version}"' in {tag.strip().removeprefix("W/") for tag in known.split(",")}


def completeness(*, complete: bool) -> dict[str, str]:
    """The header that says whether more may come."""
    return {"X-Complete": "true" if complete else "false"}


def cached(version: str) -> dict[str, str]:
    """A browser may keep it, and asks each time whether it is still right."""
    return {"Cache-Control": "private, no-cache", "ETag": f'"{version}"'}
