"""GET /summary/{audio_id}: what is told of a recording as a whole."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from soniclayer.errors import ObjectMissing
from soniclayer.jobs.reading import found_run
from soniclayer.web.asked import asked_id
from soniclayer.web.auth import services_of
from soniclayer.web.not_ready import not_ready
from soniclayer.web.reply import completeness, versioned
from soniclayer.web.route import ApiRoute

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def get_summary(request: Request) -> Response:
    """As it was last written. X-Complete is false where a new one is on its way."""
    services = services_of(request)
    with found_run(services.recordings, asked_id(request)) as run:
        settled = run.settled_summary()
        try:
            summary = settled or run.summary_json()
        except ObjectMissing:
            raise not_ready(services.recordings, run, "summary") from None
    version = hashlib.sha256(summary).hexdigest()
    return versioned(request, version, summary, headers=completeness(complete=settled is not None))


routes = [ApiRoute("/summary/{audio_id}", get_summary, needs="read")]
