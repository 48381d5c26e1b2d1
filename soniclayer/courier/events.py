"""What happens, as a stream that readers follow: kept for the last EVENTS_KEPT, good for a reader who was away."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from soniclayer.courier.connection import PREFIX, courier_errors

if TYPE_CHECKING:
    import redis

STREAM = f"{PREFIX}events"
EVENTS_KEPT = 20_000
"""At least so many; Redis drops older ones by the hundred. About 4 MB."""

EventKind = Literal["progress", "window", "state", "deleted"]
"""`progress`: done_s, total_s, estimated. `window`, that ended: window, start_s, end_s. `state`: state. `deleted`."""

START = "0-0"
"""Before the first event of all."""

_EVENT_ID = re.compile(r"[0-9]{1,15}-[0-9]{1,15}")


@dataclass(frozen=True)
class Event:
    """`event_id` is the id of the stream's entry, later ones are larger; `data` holds what the kind says."""

    event_id: str
    kind: str
    audio_id: str
    data: dict[str, Any]


class Events:
    """Writes events, and looks at those that are kept."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def publish(self, kind: EventKind, audio_id: str, **data: object) -> None:
        """Tell all who listen. When it raises the event may have been told nevertheless."""
        entry = {"kind": kind, "audio_id": audio_id, "data": json.dumps(data)}
        with courier_errors():
            self._client.xadd(STREAM, entry, maxlen=EVENTS_KEPT, approximate=True)  # type: ignore[arg-type]

    def last_id(self) -> str:
        """The id of the newest event, START when there is none."""
        with courier_errors():
            newest = self._client.xrevrange(STREAM, count=1)
        return str(newest[0][0]) if newest else START

    def after(self, event_id: str) -> list[Event]:
        """Events later than that one, oldest first. Who wants to wait for some uses `courier.event_reader`."""
        with courier_errors():
            found: Any = self._client.xrange(STREAM, min=f"({event_id}")
        return [parse_event(entry_id, entry) for entry_id, entry in found]


def is_event_id(text: str) -> bool:
    """Whether an event could have this id."""
    return _EVENT_ID.fullmatch(text) is not None


def parse_event(entry_id: str, entry: dict[str, str]) -> Event:
    """An entry of the stream as an Event."""
    return Event(entry_id, entry["kind"], entry["audio_id"], json.loads(entry["data"]))
