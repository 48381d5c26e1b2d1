"""Reads events without holding up an event loop: what `courier.events` writes, for the web process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soniclayer.courier.connection import connect_async, courier_errors
from soniclayer.courier.events import START, STREAM, Event, is_event_id, parse_event

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


class EventReader:
    """One connection of its own; it connects when first used. Use it as an async context manager."""

    def __init__(self, url: str, password: str | None = None) -> None:
        self._client = connect_async(url, password)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def last_id(self) -> str:
        """The id of the newest event, START when there is none."""
        with courier_errors():
            newest = await self._client.xrevrange(STREAM, count=1)
        return str(newest[0][0]) if newest else START

    async def after(self, event_id: str, block_ms: int | None = None, count: int = 1000) -> list[Event]:
        """Events later than that one, oldest first; waits up to `block_ms` for one (None: not at all).

        `block_ms` must be less than the time after which Redis counts as away.
        """
        with courier_errors():
            found: Any = await self._client.xread({STREAM: event_id}, count=count, block=block_ms)
        return [parse_event(entry_id, entry) for _, entries in found or [] for entry_id, entry in entries]

    async def knows(self, event_id: str) -> bool:
        """Whether nothing after that event is missing: it is still in the stream, or START and none has ever been.

        False for what is no id, and for ids from before Redis lost its data.
        """
        if not is_event_id(event_id):
            return False
        with courier_errors():
            if event_id == START:
                return not await self._client.exists(STREAM)
            return bool(await self._client.xrange(STREAM, min=event_id, max=event_id, count=1))
