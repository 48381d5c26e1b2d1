"""Addresses of what there is of a recording, as its clients see them: behind the prefix of the proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.export import FORMATS

if TYPE_CHECKING:
    from starlette.requests import Request

_PARTS = ("segments", "summary", "peaks", "audio", "events")


def recording_link(request: Request, audio_id: str) -> str:
    """The address of a recording."""
    return f"{_prefix(request)}/recordings/{audio_id}"


def recording_links(request: Request, audio_id: str) -> dict[str, str]:
    """Name -> address: of itself, its parts, and `transcript_srt` and so on."""
    prefix = _prefix(request)
    return {
        "self": recording_link(request, audio_id),
        **{part: f"{prefix}/{part}/{audio_id}" for part in _PARTS},
        **{f"transcript_{form}": f"{prefix}/transcripts/{audio_id}.{form}" for form in FORMATS},
    }


def _prefix(request: Request) -> str:
    prefix: str = request.scope.get("root_path", "")
    return prefix
