"""One reader of Redis for all event streams of this process: it reads each event once and hands it to who listens."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soniclayer import log
from soniclayer.courier.events import START
from soniclayer.errors import CourierAway

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from soniclayer.courier.event_reader import EventReader
    from soniclayer.courier.events import Event

BLOCK_MS = 2_000
AGAIN_S = 0.5
"""Redis is asked again after so long when it was away."""

MOST_WAITING = 1_000
"""A listener for whom so many events wait has stopped reading: they are dropped for a reset."""

QUIET_S = 60.0
"""When nothing came for so long the store is looked at: a worker may have died before it told of the end."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Look:
    """Look at the store: because events were `missed`, or because none came for long. `event_id`: where the feed is."""

    event_id: str | None
    missed: bool


class Listener:
    """What waits for one client. `audio_id` is the recording it follows, None for all."""

    def __init__(self, audio_id: str | None = None) -> None:
        self.audio_id = audio_id
        self._waiting: asyncio.Queue[Event | Look | None] = asyncio.Queue()
        self._closed = False

    def hand(self, event: Event) -> None:
        """Give it an event, if it is one of those it follows."""
        if self.audio_id not in {None, event.audio_id}:
            return
        if self._waiting.qsize() < MOST_WAITING:
            self._waiting.put_nowait(event)
        else:
            self.reset(event.event_id)

    def reset(self, event_id: str | None) -> None:
        """Say that it may have missed something; what waits is dropped."""
        while not self._waiting.empty():
            self._waiting.get_nowait()
        self._waiting.put_nowait(Look(event_id, missed=True))

    def close(self) -> None:
        """End it at once."""
        self._closed = True
        self._waiting.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[Event | Look]:
        """What comes, until it is closed."""
        while not self._closed:
            try:
                found = await asyncio.wait_for(self._waiting.get(), QUIET_S)
            except asyncio.TimeoutError:
                found = Look(None, missed=False)
            if found is not None:
                yield found


class Feed:
    """Started with `run`, once per process. While Redis is away listeners stay, and wait."""

    def __init__(self, reader: EventReader) -> None:
        self._reader = reader
        self._listeners: set[Listener] = set()
        self.position: str | None = None
        """The id of the last event that was handed on; None until Redis was reached first."""

    async def run(self) -> None:
        """Read until cancelled."""
        in_touch = True
        while True:
            in_touch = await self._read_or_wait(in_touch=in_touch)

    @contextmanager
    def listen(self, listener: Listener) -> Iterator[None]:
        """Hand every event from now on to a listener."""
        self._listeners.add(listener)
        try:
            yield
        finally:
            self._listeners.discard(listener)

    async def missed(self, event_id: str, audio_id: str | None = None) -> list[Event] | None:
        """Every event after that one up to now, of one recording or all.

        None when they are not all there any more, or so many that reading everything anew is less.
        """
        events: list[Event] = []
        try:
            if not await self._reader.knows(event_id):
                return None
            while (found := await self._reader.after(event_id)) and len(events) < MOST_WAITING:
                event_id = found[-1].event_id
                events += [event for event in found if audio_id in {None, event.audio_id}]
        except CourierAway:
            return None
        return events if len(events) < MOST_WAITING else None

    async def _read_or_wait(self, *, in_touch: bool) -> bool:
        """Read once; whether Redis answered."""
        try:
            await self._read(in_touch=in_touch)
        except CourierAway as error:
            if in_touch:
                log.event(_LOG, "event feed waits for Redis", logging.WARNING, error=error)
        except Exception as error:  # noqa: BLE001 - an entry nobody understands must not end all streams
            log.event(_LOG, "event feed goes on behind an odd event", logging.ERROR, error=error)
            self.position = None
        else:
            return True
        await asyncio.sleep(AGAIN_S)
        return False

    async def _read(self, *, in_touch: bool) -> None:
        if self.position is None or not (in_touch or await self._reader.knows(self.position)):
            self.position = await self._reader.last_id()
            self._reset_all()
        events = await self._reader.after(self.position, block_ms=BLOCK_MS)
        if not events and not await self._reader.knows(self.position):  # Redis lost its data under a live connection
            self.position = START
            self._reset_all()
        for event in events:
            self.position = event.event_id
            for listener in self._listeners:
                listener.hand(event)

    def _reset_all(self) -> None:
        for listener in self._listeners:
            listener.reset(self.position)
