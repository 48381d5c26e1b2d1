"""Recordings in the store: which there are, and everything of one run of one of them, as dataclasses."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from soniclayer.domain.recording import Recording, Wanted
from soniclayer.domain.step import next_steps
from soniclayer.errors import ObjectMissing, StoreError
from soniclayer.storage import names
from soniclayer.storage.codec import decode, encode
from soniclayer.storage.open_list import OpenList
from soniclayer.storage.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from soniclayer.domain.step import Survey
    from soniclayer.storage.objects import Incoming, ObjectStore
    from soniclayer.storage.open_list import Mark

ACCEPT_MAX_AGE_S = 86_400.0
"""An upload that was not accepted within a day never will be."""

_AUDIO_ID = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Accepted:
    """A recording, and whether it was accepted now: the same bytes give the one that was there."""

    recording: Recording
    new: bool


class Recordings:
    """All recordings of one store."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects
        self._open = OpenList(objects)

    def receive(self) -> AbstractContextManager[Incoming]:
        """Take in the bytes of an upload; see ObjectStore."""
        return self._objects.receive()

    def accept(self, incoming: Incoming, name: str, wanted: Wanted, *, uploaded_by: str | None = None) -> Accepted:
        """Make a recording of what has arrived, durably; when it returns, nothing can lose it any more.

        The same bytes give the recording that is there already, with `wanted` ignored. The manifest is written last:
        before it there is no recording, and what an accept left that died half-way is removed by `sweep`.

        Args:
            incoming: all bytes of it.
            name: what the user calls it.
            wanted: what is to be computed.
            uploaded_by: name of the API key it came with.

        Raises:
            StoreError: the store failed; StoreFull when it is full. Nothing was accepted.
        """
        audio_id = incoming.sha256
        known = self.get(audio_id)
        if known is not None:
            self.forget(known)  # who began to delete it died at once: nobody may end that after our answer
            return Accepted(known, new=False)
        recording = Recording(
            audio_id=audio_id,
            run=secrets.token_hex(8),
            name=name,
            size_bytes=incoming.size_bytes,
            uploaded_at=_now().isoformat(timespec="seconds"),
            uploaded_by=uploaded_by,
        )
        mark = self._open.mark(recording)
        if self._write(recording, incoming, wanted):
            return Accepted(recording, new=True)
        self.run(recording).delete()
        self._open.remove([mark])
        return self.accept(incoming, name, wanted, uploaded_by=uploaded_by)  # somebody has just accepted the same bytes

    def get(self, audio_id: str) -> Recording | None:
        """The recording of that id, None when none was accepted (or it was deleted)."""
        if not _AUDIO_ID.fullmatch(audio_id):
            return None
        name = _manifest(audio_id)
        try:
            return decode(Recording, self._objects.read(name))
        except ObjectMissing:
            return None
        except StoreError as error:
            raise StoreError(f"{name}: {error}", code=error.code) from error

    def ids(self) -> list[str]:
        """The id of every recording, those that came last first where the store knows; some may be gone meanwhile."""
        return [name for name in self._objects.folders("") if _AUDIO_ID.fullmatch(name)]

    def run(self, recording: Recording) -> Run:
        """Everything else of a recording."""
        return Run(self._objects, recording)

    def delete(self, recording: Recording) -> None:
        """Remove a recording: the manifest first, so that nothing half-deleted ever counts as a recording.

        A note of it stays until `forget`: from its first moment on, a deletion is not left half-way.
        """
        self._open.mark_deleted(recording)
        self._withdraw(recording)
        self._open.remove(mark for mark in self._open.of(recording) if not mark.deleted)

    def deleted(self) -> list[Recording]:
        """Those whose deletion has begun, and was not followed by `forget`."""
        return list(self._open.deletions())

    def forget(self, recording: Recording) -> None:
        """Say that all who should know have been told of a deletion."""
        self._open.remove(mark for mark in self._open.of(recording) if mark.deleted)

    def reopen(self, run: Run) -> None:
        """Let everything that was cancelled or given up be tried again."""
        self.mark_open(run.recording)
        run.uncancel()
        run.forget_failures()
        self.mark_open(run.recording)

    def open_ids(self) -> list[str]:
        """The ids of all recordings that may have steps left."""
        return list(dict.fromkeys(mark.audio_id for mark in self._open.all() if not mark.deleted))

    def is_open(self, recording: Recording) -> bool:
        """Whether a recording may have steps left."""
        return any(not mark.deleted for mark in self._open.of(recording))

    def mark_open(self, recording: Recording) -> None:
        """Say that a recording may have steps left: before a change that brings some, and again after it."""
        self._open.mark(recording)

    def close(self, run: Run) -> Survey:
        """Take a recording off the open list, if no step of it is left: what the look that decides has found.

        What is changed meanwhile keeps it on the list, and what is provisional; one that cannot be read stays too: when
        that is mended, it goes on.

        Raises:
            ObjectMissing: it was deleted meanwhile.
        """
        marks = [mark for mark in self._open.of(run.recording) if not mark.deleted]
        survey = run.survey()
        left = next_steps(survey) or survey.improving or survey.unreadable
        if not left and self.get(run.recording.audio_id) == run.recording:
            self._open.remove(marks)
        return survey

    def sweep(self, max_age_s: float = ACCEPT_MAX_AGE_S) -> None:
        """Remove what dead processes left of receiving and accepting, and end the deletions they began."""
        self._objects.sweep(max_age_s)
        for half_deleted in self.deleted():
            self.delete(half_deleted)
        for mark in self._never_accepted(max_age_s):
            self._objects.clear(f"{mark.audio_id}/{mark.run}")
            self._open.remove([mark])

    def to_sweep(self, max_age_s: float = ACCEPT_MAX_AGE_S) -> int:
        """How many uploads `sweep` would remove now."""
        return self._objects.sweep(max_age_s, only_look=True) + len(list(self._never_accepted(max_age_s)))

    def strays(self, audio_id: str) -> list[str]:
        """The runs of an id that no manifest names and nobody is writing.

        A process that was killed has left them: it had just written a result when the recording was deleted.

        Raises:
            StoreError: the manifest cannot be read.
        """
        runs = self._objects.folders(audio_id)  # first these: a new one is on the open list before it has a folder,
        listed = self._open.runs_of(audio_id)
        current = self.get(audio_id)  # and has a manifest before it may leave the list
        return [run for run in runs if run not in listed and (current is None or run != current.run)]

    def clear(self, audio_id: str, run: str) -> None:
        """Remove everything of a run."""
        self._objects.clear(f"{audio_id}/{run}")

    def size_bytes(self, audio_id: str) -> int:
        """What a recording takes: the upload, and all that was made from it."""
        return self._objects.size_bytes(audio_id)

    def free_bytes(self) -> int | None:
        """See ObjectStore."""
        return self._objects.free_bytes()

    def _never_accepted(self, max_age_s: float) -> Iterator[Mark]:
        for mark in self._open.older_than(_now() - timedelta(seconds=max_age_s)):
            recording = self.get(mark.audio_id)
            if recording is None or recording.run != mark.run:
                yield mark

    def _write(self, recording: Recording, incoming: Incoming, wanted: Wanted) -> bool:
        """The source, what is wanted, and the manifest; False when there is a manifest already."""
        run = self.run(recording)
        try:
            incoming.publish(run.name_of(names.SOURCE), served=True)
            self._objects.replace(run.name_of(names.WANTED), encode(wanted))
            return self._objects.create(_manifest(recording.audio_id), encode(recording))
        except StoreError:  # the manifest may have been written all the same, and only its folder not synced
            self._withdraw(recording)
            raise

    def _withdraw(self, recording: Recording) -> None:
        if self.get(recording.audio_id) == recording:
            self._objects.delete(_manifest(recording.audio_id))
        self.run(recording).delete()


def _manifest(audio_id: str) -> str:
    return f"{audio_id}/{names.MANIFEST}"


def _now() -> datetime:
    return datetime.now(timezone.utc)
