"""A client of Server-Sent Events for tests."""

from __future__ import annotations

import json
import queue
import threading
import time
from dataclasses import dataclass
from typing import Any

import requests

LONGEST_S = 20.0


@dataclass(frozen=True)
class Seen:
    """An event as it came; of a comment `kind` is empty and `data` its text."""

    kind: str
    data: Any
    event_id: str | None


class EventStream:
    """Follows a stream in a thread. Use it as a context manager; `broken` is True when it ended in the middle."""

    def __init__(self, http: requests.Session, url: str, last_id: str | None = None) -> None:
        headers = {} if last_id is None else {"Last-Event-ID": last_id}
        self.answer = http.get(url, headers=headers, stream=True, timeout=LONGEST_S)
        self.broken = False
        self.last_id: str | None = None
        self._seen: queue.Queue[Seen | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def next(self, kind: str | None = None) -> Seen:
        """The next event, or the next one of this kind."""
        deadline_s = time.monotonic() + LONGEST_S
        while True:
            seen = self._seen.get(timeout=max(0.0, deadline_s - time.monotonic()))
            assert seen is not None, "the stream has ended"
            if (kind is None and seen.kind) or seen.kind == kind:
                return seen

    def rest(self) -> list[Seen]:
        """All events until the end."""
        deadline_s = time.monotonic() + LONGEST_S
        found = iter(lambda: self._seen.get(timeout=max(0.0, deadline_s - time.monotonic())), None)
        return [seen for seen in found if seen.kind]

    def close(self) -> None:
        """Leave."""
        if self._reader.is_alive() and self.answer.raw.connection is not None:
            self.answer.raw.connection.sock.shutdown(2)
        self._reader.join(LONGEST_S)
        self.answer.close()

    def _read(self) -> None:
        fields: dict[str, str] = {}
        try:
            for line in self.answer.iter_lines(chunk_size=1, decode_unicode=True):
                if line:
                    name, _, value = line.partition(":")
                    fields[name or "comment"] = value.removeprefix(" ")
                elif fields:
                    self._take(fields)
                    fields = {}
        except requests.RequestException:
            self.broken = True
        self._seen.put(None)

    def _take(self, fields: dict[str, str]) -> None:
        self.last_id = fields.get("id", self.last_id)
        if "data" in fields:
            self._seen.put(Seen(fields["event"], json.loads(fields["data"]), fields.get("id")))
        elif "comment" in fields:
            self._seen.put(Seen("", fields["comment"], fields.get("id")))
