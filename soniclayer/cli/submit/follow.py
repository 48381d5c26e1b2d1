"""Follows recordings on the server: one stream of events for all of them, and a look now and then."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

from soniclayer.cli.submit.api import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from soniclayer.cli.submit.api import Api

LOOK_S = 15.0
"""Every recording is looked at so often whatever the events say: one that is lost delays, it never hangs."""

POLL_S = 2.0
"""So often where there is no stream to be had."""

REFUSED_FOR_GOOD = (401, 403, 404, 405)


@dataclass(frozen=True)
class Standing:
    """How far a recording is on the server."""

    audio_id: str
    state: str
    ended: bool
    done_s: float
    total_s: float
    estimated: bool


@dataclass
class StreamEvent:
    """One event as it arrives: its fields, and the id to resume at."""

    kind: str = "message"
    data: list[str] = field(default_factory=list)
    event_id: str | None = None


class Follower:
    """Tells `on_change` of every step forward of the recordings it is given; `follow` until all have ended.

    `add` may be called from other threads. A recording that is deleted on the server has ended as `deleted`.
    """

    def __init__(self, api: Api, on_change: Callable[[Standing], object]) -> None:
        self._api = api
        self._on_change = on_change
        self._lock = threading.Lock()
        self._open: dict[str, Standing | None] = {}
        self._last_event_id: str | None = None
        self._streaming = threading.Event()
        self._look_at = 0.0

    def add(self, audio_id: str) -> None:
        """Follow one more; at first it is looked at, as it may have ended long ago."""
        with self._lock:
            self._open[audio_id] = None
        self.look(audio_id)

    def all_ended(self) -> bool:
        """Whether everything that was added has ended."""
        with self._lock:
            return not self._open

    def listen(self) -> None:
        """Read the stream of events until `api.over`; run it in a thread. Falls back on `look_at_all`'s polling."""
        while not self._api.over.is_set():
            try:
                self._read_stream()
            except ApiError as error:
                if error.status in REFUSED_FOR_GOOD:
                    return
            except (requests.RequestException, OSError, ValueError):
                pass  # it broke: resume where it stopped
            self._streaming.clear()
            self._api.over.wait(POLL_S)

    def look_at_all(self) -> None:
        """Look at every recording that is still open, when it is time for that again.

        Raises:
            ApiError: it was refused.
        """
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + (LOOK_S if self._streaming.is_set() else POLL_S)
        with self._lock:
            ids = list(self._open)
        for audio_id in ids:
            self.look(audio_id)

    def look(self, audio_id: str) -> None:
        """See how one recording is; a server that is away for a moment is asked again later.

        Raises:
            ApiError: it was refused.
        """
        try:
            found = self._api.get(f"/recordings/{audio_id}")
        except ApiError as error:
            if error.status == requests.codes.not_found:
                self._change(Standing(audio_id, "deleted", True, 0.0, 0.0, False))
            elif error.status:
                raise
            return
        except OSError:
            return
        progress = found["progress"]
        self._change(
            Standing(
                audio_id,
                found["state"],
                found["ended"],
                progress["done_s"],
                progress["total_s"],
                progress["estimated"],
            )
        )

    def _read_stream(self) -> None:
        with self._api.stream("/events", self._last_event_id) as response:
            self._streaming.set()
            self._look_at = 0.0  # what happened before it was open
            for event in parse_stream(response.iter_lines()):
                self._last_event_id = event.event_id or self._last_event_id
                if self._api.over.is_set():
                    return
                if event.kind == "reset":
                    self._look_at = 0.0
                elif event.data:
                    self._take(event.kind, json.loads("\n".join(event.data)))

    def _take(self, kind: str, data: dict[str, Any]) -> None:
        audio_id = str(data.get("audio_id"))
        with self._lock:
            known = self._open.get(audio_id)
            if audio_id not in self._open:
                return
        before = known or Standing(audio_id, "accepted", False, 0.0, 0.0, True)
        if kind == "progress":
            numbers = (float(data["done_s"]), float(data["total_s"]), bool(data["estimated"]))
            self._change(Standing(audio_id, before.state, before.ended, *numbers))
        elif kind == "state":
            numbers = (before.done_s, before.total_s, before.estimated)
            self._change(Standing(audio_id, data["state"], bool(data.get("ended")), *numbers))
        elif kind == "deleted":
            self._change(Standing(audio_id, "deleted", True, before.done_s, before.total_s, before.estimated))

    def _change(self, standing: Standing) -> None:
        with self._lock:
            if standing.audio_id not in self._open:  # it has ended: told once
                return
            if standing.ended:
                del self._open[standing.audio_id]
            else:
                self._open[standing.audio_id] = standing
        self._on_change(standing)


def parse_stream(lines: Iterable[bytes]) -> Iterator[StreamEvent]:
    """The events of a stream (HTML, server-sent events), without comments."""
    event = StreamEvent()
    for line in lines:
        if not line:
            if event.data or event.event_id:
                yield event
            event = StreamEvent()
            continue
        name, _, value = line.decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            event.kind = value
        elif name == "data":
            event.data.append(value)
        elif name == "id":
            event.event_id = value
