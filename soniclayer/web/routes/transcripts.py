"""GET /transcripts/{audio_id}.{form}: what was said, in the formats of docs/formats.md."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from soniclayer.export import FORMATS, Format, export
from soniclayer.export.file_names import file_names
from soniclayer.export.html_report import page_policy
from soniclayer.jobs.reading import found_run
from soniclayer.jobs.so_far import result_so_far
from soniclayer.web.asked import asked_id
from soniclayer.web.auth import services_of
from soniclayer.web.disposition import disposition
from soniclayer.web.problems import Problem
from soniclayer.web.reply import completeness, versioned
from soniclayer.web.route import ApiRoute

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

MEDIA_TYPES: dict[Format, str] = {
    "json": "application/json",
    "html": "text/html",
    "srt": "application/x-subrip",
    "vtt": "text/vtt",
    "csv": "text/csv",
    "txt": "text/plain",
}
DONE = frozenset({"completed", "completed_with_errors"})


def get_transcript(request: Request) -> Response:
    """What there is so far; X-Complete says whether that is all."""
    form = _asked_form(request)
    with found_run(services_of(request).recordings, asked_id(request)) as run:
        result = result_so_far(run)
    text = export(result, form).encode()
    headers = {
        **completeness(complete=result.state in DONE),
        "Content-Disposition": disposition(request, file_names([result], form)[0], f"{result.audio_id}.{form}"),
        "X-Content-Type-Options": "nosniff",
        **(_harmless_page() if form == "html" else {}),
    }
    version = hashlib.sha256(text).hexdigest()
    return versioned(request, version, text, media_type=MEDIA_TYPES[form], headers=headers)


routes = [ApiRoute("/transcripts/{audio_id}.{form}", get_transcript, needs="read")]


def _harmless_page() -> dict[str, str]:
    """The report runs nothing, frames nothing and is framed by nobody, also where a browser would let it."""
    return {"Content-Security-Policy": f"sandbox; {page_policy()}; frame-ancestors 'none'"}


def _asked_form(request: Request) -> Format:
    asked = request.path_params["form"]
    for form in FORMATS:
        if form == asked:
            return form
    raise Problem("not_found", f"No such format: {asked[:20]!r}; there are {', '.join(FORMATS)}")
