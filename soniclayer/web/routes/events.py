"""GET /events and /events/{audio_id}: what happens, as Server-Sent Events."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from soniclayer import metrics
from soniclayer.courier.events import Event
from soniclayer.domain.state import ENDED
from soniclayer.errors import RecordingMissing
from soniclayer.jobs.overview import overview
from soniclayer.web.asked import asked_id
from soniclayer.web.auth import services_of
from soniclayer.web.feed import Listener, Look
from soniclayer.web.route import ApiRoute

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from soniclayer.storage.recordings import Recordings
    from soniclayer.web.feed import Feed

HEARTBEAT_S = 15.0
"""A comment goes out so often when nothing happens: proxies close what is silent for a minute."""

STUCK_S = 30.0
"""A client that takes nothing for so long is gone."""

FAREWELL_S = 2.0
"""Time a stream has to end by itself when the server stops."""

RECONNECT_MS = 2_000

LINE_END = "\n"
"""Any will do for an EventSource; this one also for grep and the like."""

UNKNOWN = "0-1"
"""An id that no event ever has."""

_EVENT_ID = re.compile(r"\d{1,19}-\d{1,19}")


async def all_events(request: Request) -> Response:
    """What happens from now on, or from Last-Event-ID on."""
    services = services_of(request)
    listener = Listener()
    return EventStream(_all(services.feed, listener, _last_id(request)), listener, request.app.state.stopping)


async def recording_events(request: Request) -> Response:
    """How a recording is now, then what happens to it until it has ended."""
    services = services_of(request)
    audio_id, last_id = asked_id(request), _last_id(request)
    now = await run_in_threadpool(overview, services.recordings, audio_id)
    if last_id and now.state in ENDED and await services.feed.missed(last_id, audio_id) == []:
        return Response(status_code=204)  # tells an EventSource not to come again
    listener = Listener(audio_id)
    events = _one(services.feed, listener, last_id, services.recordings)
    return EventStream(events, listener, request.app.state.stopping)


routes = [
    ApiRoute("/events", all_events, needs="read"),
    ApiRoute("/events/{audio_id}", recording_events, needs="read"),
]


class EventStream(EventSourceResponse):
    """Ends when the server stops, when its client is gone or takes nothing, or when there is nothing more to tell."""

    def __init__(self, events: AsyncIterator[ServerSentEvent], listener: Listener, stopping: asyncio.Event) -> None:
        async def end_when_stopping() -> None:
            await stopping.wait()
            listener.close()

        super().__init__(
            events,
            ping=HEARTBEAT_S,
            send_timeout=STUCK_S,
            sep=LINE_END,
            data_sender_callable=end_when_stopping,
            shutdown_event=stopping,  # type: ignore[arg-type]  # all it needs is `set`
            shutdown_grace_period=FAREWELL_S,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        with metrics.get().event_streams.track_inprogress(), suppress(SendTimeoutError):
            await super().__call__(scope, receive, send)


async def _all(feed: Feed, listener: Listener, last_id: str | None) -> AsyncIterator[ServerSentEvent]:
    with feed.listen(listener):
        yield _hello(None if last_id else feed.position)
        async for found in _since(feed, listener, last_id):
            if isinstance(found, Event):
                yield _told(found)
            elif found.missed:
                yield _told(Event(found.event_id or "", "reset", "", {}))


async def _one(
    feed: Feed, listener: Listener, last_id: str | None, recordings: Recordings
) -> AsyncIterator[ServerSentEvent]:
    """Ends with the event that tells of the recording's end."""
    with feed.listen(listener):
        yield _hello()
        async for event in _events_of_one(feed, listener, last_id, recordings):
            yield _told(event)
            if event.kind == "deleted" or event.data.get("ended"):
                return


async def _events_of_one(
    feed: Feed, listener: Listener, last_id: str | None, recordings: Recordings
) -> AsyncIterator[Event]:
    audio_id = listener.audio_id or ""
    if last_id is None:
        for event in await _as_it_is(recordings, audio_id, feed.position):
            yield event
    async for found in _since(feed, listener, last_id):
        if isinstance(found, Event):
            yield found
            continue
        if found.missed:
            yield Event("", "reset", audio_id, {})
        for event in await _as_it_is(recordings, audio_id, found.event_id):
            yield event


async def _since(feed: Feed, listener: Listener, last_id: str | None) -> AsyncIterator[Event | Look]:
    """What came after `last_id` (None: after now), each event once."""
    told = last_id
    if last_id is not None:
        missed = await feed.missed(last_id, listener.audio_id)
        if missed is None:
            told = None
            yield Look(feed.position, missed=True)
        for event in missed or ():
            told = event.event_id
            yield event
    async for found in listener:
        if isinstance(found, Look):
            told = None
        elif told is not None and _order(found.event_id) <= _order(told):
            continue
        yield found


async def _as_it_is(recordings: Recordings, audio_id: str, event_id: str | None) -> list[Event]:
    """A recording's progress and state as the store has them, as events; the last has the id to resume at."""
    try:
        now = await run_in_threadpool(overview, recordings, audio_id)
    except RecordingMissing:
        return [Event(event_id or "", "deleted", audio_id, {})]
    progress = {"done_s": now.progress.done_s, "total_s": now.progress.total_s, "estimated": now.progress.estimated}
    return [
        Event("", "progress", audio_id, progress),
        Event(event_id or "", "state", audio_id, {"state": now.state, "ended": now.state in ENDED}),
    ]


def _hello(event_id: str | None = None) -> ServerSentEvent:
    """No event: it shows that the stream is open; with an id to resume at, should it break before the first event."""
    return ServerSentEvent(comment="SonicLayer", id=event_id, retry=RECONNECT_MS, sep=LINE_END)


def _told(event: Event) -> ServerSentEvent:
    data = {**({"audio_id": event.audio_id} if event.audio_id else {}), **event.data}
    return ServerSentEvent(json.dumps(data), event=event.kind, id=event.event_id or None, sep=LINE_END)


def _last_id(request: Request) -> str | None:
    """What the client has seen last; something that was never one of our ids counts as one that is long gone."""
    last_id = request.headers.get("Last-Event-ID")
    if not last_id:
        return None
    return last_id if _EVENT_ID.fullmatch(last_id) else UNKNOWN


def _order(event_id: str) -> tuple[int, ...]:
    return tuple(int(part) for part in event_id.split("-"))
