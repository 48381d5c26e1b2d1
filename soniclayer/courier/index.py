"""The list of all recordings, for pages of it within milliseconds; made anew from the store by `jobs.reconcile`."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Literal, cast, get_args

from soniclayer.courier.connection import PREFIX, courier_errors
from soniclayer.courier.index_scripts import END, FIND, PUT, REMOVE
from soniclayer.domain.state import State

if TYPE_CHECKING:
    import redis

Sort = Literal["-uploaded_at", "uploaded_at", "name", "-name", "duration_s", "-duration_s"]
SORTS: tuple[Sort, ...] = get_args(Sort)

_ROOM = f"{PREFIX}index:"
_LINES, _COMPLETE = f"{_ROOM}lines", f"{_ROOM}complete"
_ALL = "all"
_FORM = "2"
"""Of the lines: a release that adds to them counts it up, so that all of them are made anew once."""

_FIND_CHUNK = 2000
"""Names that one call looks at: under 2 ms, in which Redis does nothing else."""


@dataclass(frozen=True)
class Entry:
    """One line of the list. `uploaded_at` is UTC, ISO 8601; `duration_s` is 0 until something is known of it.

    `scores` are the mean scores (1-5) by persona, as the latest summary tells them; none before there is one.
    """

    audio_id: str
    run: str
    name: str
    size_bytes: int
    uploaded_at: str
    state: State
    duration_s: float = 0.0
    failures: int = 0
    scores: Mapping[str, float] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Page:
    """Some lines of the list; `total` counts all that match. While `rebuilding` some may be missing."""

    entries: tuple[Entry, ...]
    total: int
    rebuilding: bool


class Index:
    """A hash of lines, and sorted sets of their ids: by upload, duration and name, of all and of each state."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._put = client.register_script(PUT)
        self._remove = client.register_script(REMOVE)
        self._find = client.register_script(FIND)

    def put(self, entry: Entry) -> None:
        """Add or change a line."""
        name = _sort_name(entry)
        line = json.dumps({**asdict(entry), "name": _writable(entry.name), "sort_name": name})
        orders = (datetime.fromisoformat(entry.uploaded_at).timestamp(), entry.duration_s)
        with courier_errors():
            self._put(keys=[_LINES], args=[_ROOM, entry.audio_id, line, entry.state, name, *orders])

    def remove(self, audio_id: str) -> None:
        """Take a line out."""
        with courier_errors():
            self._remove(keys=[_LINES], args=[_ROOM, audio_id])

    def get(self, audio_id: str) -> Entry | None:
        """One line."""
        with courier_errors():
            line = cast("str | None", self._client.hget(_LINES, audio_id))
        return _parse(line) if line else None

    def page(
        self,
        *,
        q: str | None = None,
        state: State | None = None,
        sort: Sort = "-uploaded_at",
        limit: int,
        offset: int = 0,
    ) -> Page:
        """Some lines, in 3 ms of 100,000. `q` is looked for in the names, whatever the case.

        That takes longer: 0.1 s for a few of 100,000, 0.7 s when it is in all of them.
        """
        group, order, descending = state or _ALL, sort.removeprefix("-"), sort.startswith("-")
        with courier_errors():
            rebuilding = not self._client.exists(_COMPLETE)
            if q:
                found = self._search(q, group, order, descending=descending)
                ids, total = found[offset : offset + limit], len(found)
            else:
                ids, total = self._stretch(f"{_ROOM}{group}:{order}", descending, offset, limit)
            lines = cast("list[str | None]", self._client.hmget(_LINES, ids) if ids else [])
        return Page(tuple(_parse(line) for line in lines if line), total, rebuilding)

    def ids(self, state: State | None = None) -> set[str]:
        """The ids of all lines, or of those in one state."""
        with courier_errors():
            return set(cast("list[str]", self._client.zrange(f"{_ROOM}{state or _ALL}:uploaded_at", 0, -1)))

    def counts(self) -> dict[State, int]:
        """How many recordings there are in each state."""
        states: tuple[State, ...] = get_args(State)
        with courier_errors(), self._client.pipeline(transaction=False) as pipeline:
            for state in states:
                pipeline.zcard(f"{_ROOM}{state}:uploaded_at")
            return dict(zip(states, pipeline.execute(), strict=True))

    @property
    def complete(self) -> bool:
        """Whether it has been made anew in full, in the form of today, since Redis was empty."""
        with courier_errors():
            return self._client.get(_COMPLETE) == _FORM

    @property
    def outdated(self) -> bool:
        """Whether an older release has made it: every recording is in it, but its lines lack what has come since."""
        with courier_errors():
            return self._client.get(_COMPLETE) not in {None, _FORM}

    def set_complete(self) -> None:
        """Say that every recording of the store is in it."""
        with courier_errors():
            self._client.set(_COMPLETE, _FORM)

    def _stretch(self, key: str, descending: bool, offset: int, limit: int) -> tuple[list[str], int]:  # noqa: FBT001 - private
        if limit <= 0:
            return [], int(self._client.zcard(key))
        with self._client.pipeline(transaction=False) as pipeline:
            pipeline.zcard(key)
            pipeline.zrange(key, offset, offset + limit - 1, desc=descending)
            total, members = pipeline.execute()
        return [member.rpartition(END)[2] for member in members], total

    def _search(self, q: str, group: str, order: str, *, descending: bool) -> list[str]:
        key, text, start, ids = f"{_ROOM}{group}:name", _folded(q), "-", []
        while True:
            last, *found = self._find(keys=[key], args=[start, text, _FIND_CHUNK])
            ids += found
            if not last:
                break
            start = f"({last}"
        if order != "name" and ids:
            scores = dict(zip(ids, self._client.zmscore(f"{_ROOM}{_ALL}:{order}", ids), strict=True))
            ids.sort(key=lambda audio_id: (scores[audio_id] or 0.0, audio_id))
        return ids[::-1] if descending else ids


def _sort_name(entry: Entry) -> str:
    return f"{_folded(entry.name)}{END}{entry.audio_id}"


def _folded(text: str) -> str:
    """One form of all ways to write a name: case, composed and decomposed letters; nothing that does not print."""
    folded = unicodedata.normalize("NFC", text.casefold())
    return "".join(letter if letter.isprintable() else " " for letter in folded)


def _writable(name: str) -> str:
    return name.encode(errors="replace").decode()


def _parse(line: str) -> Entry:
    facts = json.loads(line)
    return Entry(**{field.name: facts[field.name] for field in fields(Entry) if field.name in facts})
