"""GET /recordings and /recordings/{audio_id}; cancel, retry, DELETE."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from starlette.responses import Response

from soniclayer.courier.index import SORTS
from soniclayer.domain.state import ENDED, State
from soniclayer.jobs import steer
from soniclayer.jobs.overview import overview
from soniclayer.web.answers import RecordingDetail, RecordingLine, RecordingList
from soniclayer.web.asked import asked_id, asked_number, asked_text, asked_word
from soniclayer.web.auth import services_of
from soniclayer.web.links import recording_link, recording_links
from soniclayer.web.reply import as_json
from soniclayer.web.route import ApiRoute

if TYPE_CHECKING:
    from starlette.requests import Request

    from soniclayer.courier.index import Entry

PAGE = 50
LONGEST_PAGE = 200
LAST_OFFSET = 10_000_000
STATES: tuple[State, ...] = get_args(State)


def list_recordings(request: Request) -> Response:
    """A page of all recordings, newest first unless asked otherwise."""
    services = services_of(request)
    limit = asked_number(request, "limit", PAGE, least=1, most=LONGEST_PAGE)
    offset = asked_number(request, "offset", 0, most=LAST_OFFSET)
    page = services.courier.index.page(
        q=asked_text(request, "q"),
        state=asked_word(request, "state", STATES),
        sort=asked_word(request, "sort", SORTS) or SORTS[0],
        limit=limit,
        offset=offset,
    )
    lines = tuple(_line(entry) for entry in page.entries)
    return as_json(RecordingList(lines, page.total, limit, offset, page.rebuilding))


def get_recording(request: Request) -> Response:
    """How far one is."""
    return as_json(detail(request, asked_id(request)))


def cancel_recording(request: Request) -> Response:
    """Let nothing more be computed."""
    services = services_of(request)
    audio_id = asked_id(request)
    steer.cancel(services.recordings, services.courier, audio_id)
    return as_json(detail(request, audio_id))


def retry_recording(request: Request) -> Response:
    """Try again what was given up or cancelled."""
    services = services_of(request)
    audio_id = asked_id(request)
    steer.retry(services.recordings, services.courier, audio_id)
    return as_json(detail(request, audio_id), 202, {"Location": recording_link(request, audio_id)})


def delete_recording(request: Request) -> Response:
    """Remove one for good."""
    services = services_of(request)
    steer.delete(services.recordings, services.courier, asked_id(request))
    return Response(status_code=204)


routes = [
    ApiRoute("/recordings", list_recordings, needs="read"),
    ApiRoute("/recordings/{audio_id}", get_recording, needs="read"),
    ApiRoute("/recordings/{audio_id}", delete_recording, needs="write", methods=["DELETE"]),
    ApiRoute("/recordings/{audio_id}/cancel", cancel_recording, needs="write", methods=["POST"]),
    ApiRoute("/recordings/{audio_id}/retry", retry_recording, needs="write", methods=["POST"]),
]


def detail(request: Request, audio_id: str) -> RecordingDetail:
    """What is told of one recording.

    Raises:
        RecordingMissing: there is none of that id.
    """
    services = services_of(request)
    found = overview(services.recordings, audio_id)
    return RecordingDetail(
        audio_id=audio_id,
        name=found.recording.name,
        size_bytes=found.recording.size_bytes,
        uploaded_at=found.recording.uploaded_at,
        state=found.state,
        ended=found.state in ENDED,
        progress=found.progress,
        stages=found.stages,
        personas=found.personas,
        options=found.options,
        failures=found.failures,
        damage=found.damage,
        summarised=found.summarised,
        links=recording_links(request, audio_id),
    )


def _line(entry: Entry) -> RecordingLine:
    return RecordingLine(
        audio_id=entry.audio_id,
        name=entry.name,
        size_bytes=entry.size_bytes,
        uploaded_at=entry.uploaded_at,
        state=entry.state,
        duration_s=entry.duration_s,
        failures=entry.failures,
        scores=dict(entry.scores),
    )
