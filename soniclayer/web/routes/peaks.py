"""GET /peaks/{audio_id}: the picture of a recording, as far as it was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.domain.window import LOUDNESS_STEP_S, METER_STEP_S
from soniclayer.jobs.picture import picture_so_far, picture_version
from soniclayer.jobs.reading import found_run
from soniclayer.storage.codec import encode
from soniclayer.web.answers import RecordingPeaks
from soniclayer.web.asked import asked_id
from soniclayer.web.auth import services_of
from soniclayer.web.reply import has_seen, unchanged, versioned
from soniclayer.web.route import ApiRoute

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from soniclayer.jobs.picture import PictureSoFar


def get_peaks(request: Request) -> Response:
    """All there is; a new ETag with every window that is published."""
    services = services_of(request)
    with found_run(services.recordings, asked_id(request)) as run:
        version = picture_version(run)
        if has_seen(request, version):
            return unchanged(version)
        page = services.pages.get(version)
        if page is None:
            found = picture_so_far(run)
            version, page = found.version, encode(_answer(found))
            if found.complete:  # else nobody asks for it again
                services.pages.keep(version, page)
    return versioned(request, version, page)


routes = [ApiRoute("/peaks/{audio_id}", get_peaks, needs="read")]


def _answer(found: PictureSoFar) -> RecordingPeaks:
    picture = found.picture
    return RecordingPeaks(
        METER_STEP_S, picture.peaks, LOUDNESS_STEP_S, picture.loudness_lufs or (), complete=found.complete
    )
