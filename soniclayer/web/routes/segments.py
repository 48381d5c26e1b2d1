"""GET /segments/{audio_id}: the segments so far, in time order; of all of it, or of one window."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from soniclayer.jobs.reading import found_run, segments_so_far, segments_version, window_so_far, window_version
from soniclayer.storage.codec import encode
from soniclayer.web.answers import Segments
from soniclayer.web.asked import asked_id, asked_number
from soniclayer.web.auth import services_of
from soniclayer.web.reply import has_seen, unchanged, versioned
from soniclayer.web.route import ApiRoute

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from soniclayer.storage.run import Run


LAST_WINDOW = 999_999


def get_segments(request: Request) -> Response:
    """All there are, or those of one window; a new ETag whenever they change."""
    number = asked_number(request, "window", 0, most=LAST_WINDOW)
    with found_run(services_of(request).recordings, asked_id(request)) as run:
        return _of_window(request, run, number) if "window" in request.query_params else _of_all(request, run)


routes = [ApiRoute("/segments/{audio_id}", get_segments, needs="read")]


def _of_window(request: Request, run: Run, number: int) -> Response:
    survey = run.window_survey((number,))
    version = window_version(run, survey, number)
    if has_seen(request, version):
        return unchanged(version)
    found = window_so_far(run, survey, number)
    page = encode(Segments(run.recording.audio_id, found.complete, found.segments))
    return versioned(request, version, page)


def _of_all(request: Request, run: Run) -> Response:
    version = segments_version(run)
    if has_seen(request, version):
        return unchanged(version)
    pages = services_of(request).pages
    page = pages.get(version)
    if page is None:
        version, page = _make(run, version)
        pages.keep(version, page)
    return versioned(request, version, page)


def _make(run: Run, version: str) -> tuple[str, bytes]:
    """The page and its version, which may be a later one. Of a finished recording, without decoding what is stored."""
    audio_id = run.recording.audio_id
    if run.settled_summary() is not None:
        head = json.dumps({"audio_id": audio_id, "complete": True}, separators=(",", ":")).removesuffix("}")
        page = f"{head},".encode() + run.segments_json().removeprefix(b"{")
        if segments_version(run) == version:
            return version, page
    found = segments_so_far(run)
    return found.version, encode(Segments(audio_id, found.complete, found.segments))
