"""The open list: recordings that may have steps left, or are being deleted. Whoever looks for work reads these alone.

Every change that brings new steps puts a mark of its own on the list, and whoever finds no step left removes only the
marks he saw before he looked. So no change is lost between two processes, whichever of them dies where.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from soniclayer.domain.recording import Recording
from soniclayer.errors import ObjectMissing
from soniclayer.storage.codec import decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from soniclayer.storage.objects import ObjectStore

OPEN = "open"
DELETED = "deleted"


@dataclass(frozen=True)
class Mark:
    """One mark, `open/<audio_id>/<run>.<token>`; it names a run so that what is left of that run can be told."""

    audio_id: str
    run: str
    token: str

    @property
    def name(self) -> str:
        """The name of its object."""
        return f"{OPEN}/{self.audio_id}/{self.run}.{self.token}"

    @property
    def deleted(self) -> bool:
        """Whether it stands for a deletion that has not been told to all; it holds the manifest."""
        return self.token == DELETED


class OpenList:
    """The marks of one store."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def mark(self, recording: Recording) -> Mark:
        """Put one more mark on the list."""
        mark = Mark(recording.audio_id, recording.run, secrets.token_hex(4))
        self._objects.create(mark.name, _now().encode())
        return mark

    def mark_deleted(self, recording: Recording) -> None:
        """Note that a recording is to be deleted, and nothing else, whatever happens."""
        self._objects.create(Mark(recording.audio_id, recording.run, DELETED).name, encode(recording))

    def all(self) -> list[Mark]:
        """Every mark there is."""
        return [_parse(name) for name in self._objects.list(OPEN)]

    def of(self, recording: Recording) -> list[Mark]:
        """The marks of one run of a recording."""
        marks = (_parse(name) for name in self._objects.list(f"{OPEN}/{recording.audio_id}"))
        return [mark for mark in marks if mark.run == recording.run]

    def runs_of(self, audio_id: str) -> set[str]:
        """The runs of a recording that are on the list, or being deleted."""
        return {_parse(name).run for name in self._objects.list(f"{OPEN}/{audio_id}")}

    def remove(self, marks: Iterable[Mark]) -> None:
        """Take marks off the list."""
        for mark in marks:
            self._objects.delete(mark.name)

    def deletions(self) -> Iterator[Recording]:
        """The manifests of recordings that are to be deleted."""
        for mark in self.all():
            if mark.deleted:
                with suppress(ObjectMissing):  # it has just been removed
                    yield decode(Recording, self._objects.read(mark.name))

    def older_than(self, moment: datetime) -> Iterator[Mark]:
        """Those of recordings that may have steps left, put on the list before that moment."""
        for mark in self.all():
            if not mark.deleted and self._marked_at(mark) <= moment.isoformat(timespec="seconds"):
                yield mark

    def _marked_at(self, mark: Mark) -> str:
        try:
            return self._objects.read(mark.name).decode()
        except ObjectMissing:  # it has just been removed
            return _now()


def _parse(name: str) -> Mark:
    audio_id, _, rest = name.removeprefix(f"{OPEN}/").partition("/")
    run, _, token = rest.partition(".")
    return Mark(audio_id, run, token)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
