"""Recordings in the store: which there are, and everything of one run of one of them, as dataclasses."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, TypeVar

from soniclayer.domain.recording import Recording, Wanted
from soniclayer.errors import ObjectMissing, StoreError
from soniclayer.storage import names
from soniclayer.storage.codec import decode, encode
from soniclayer.storage.run import Run

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from soniclayer.storage.objects import Incoming, ObjectStore

T = TypeVar("T")

OPEN = "open"

ACCEPT_MAX_AGE_S = 86_400.0
"""An upload that was not accepted within a day never will be."""


class Recordings:
    """All recordings of one store."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def receive(self) -> AbstractContextManager[Incoming]:
        """Take in the bytes of an upload; see ObjectStore."""
        return self._objects.receive()

    def accept(self, incoming: Incoming, name: str, wanted: Wanted) -> Recording:
        """Make a recording of what has arrived, durably; when it returns, nothing can lose it any more.

        The same bytes give the recording that is there already, with `wanted` ignored. The manifest is written last:
        before it there is no recording, and what an accept left that died half-way is removed by `sweep`.
        """
        audio_id = incoming.sha256
        known = self.get(audio_id)
        if known is not None:
            return known
        recording = Recording(
            audio_id=audio_id,
            run=secrets.token_hex(8),
            name=name,
            size_bytes=incoming.size_bytes,
            uploaded_at=_now().isoformat(timespec="seconds"),
        )
        run = self.run(recording)
        self.mark_open(audio_id)
        try:
            incoming.publish(run.name_of(names.SOURCE))
            run.want(wanted)
            accepted = self._objects.create(f"{audio_id}/{names.MANIFEST}", encode(recording))
        except StoreError:  # the manifest may have been written all the same, and only its folder not synced
            self._withdraw(recording)
            raise
        if accepted:
            self._drop_other_runs(recording)
            return recording
        run.delete()  # somebody else has just accepted the same bytes
        return self._manifest(audio_id)

    def get(self, audio_id: str) -> Recording | None:
        """The recording of that id, None when none was accepted (or it was deleted)."""
        try:
            return self._manifest(audio_id)
        except ObjectMissing:
            return None

    def run(self, recording: Recording) -> Run:
        """Everything else of a recording."""
        return Run(self._objects, recording)

    def delete(self, recording: Recording) -> None:
        """Remove a recording: the manifest first, so that nothing half-deleted ever counts as a recording."""
        self._withdraw(recording)
        self.mark_ended(recording.audio_id)

    def sweep(self, max_age_s: float = ACCEPT_MAX_AGE_S) -> int:
        """Remove what processes left that died while they accepted a recording; the number of such uploads."""
        oldest = (_now() - timedelta(seconds=max_age_s)).isoformat(timespec="seconds")
        removed = 0
        for audio_id in self.open_ids():
            opened_at = self._objects.read(f"{OPEN}/{audio_id}").decode()
            if opened_at <= oldest and self.get(audio_id) is None:
                for name in self._objects.list(audio_id):
                    self._objects.delete(name)
                self.mark_ended(audio_id)
                removed += 1
        return removed

    def open_ids(self) -> list[str]:
        """The ids of all recordings that may have steps left."""
        return [name.removeprefix(f"{OPEN}/") for name in self._objects.list(OPEN)]

    def mark_open(self, audio_id: str) -> None:
        """Say that a recording may have steps left."""
        self._objects.create(f"{OPEN}/{audio_id}", _now().isoformat(timespec="seconds").encode())

    def mark_ended(self, audio_id: str) -> None:
        """Say that a recording has no steps left."""
        self._objects.delete(f"{OPEN}/{audio_id}")

    def _withdraw(self, recording: Recording) -> None:
        if self.get(recording.audio_id) == recording:
            self._objects.delete(f"{recording.audio_id}/{names.MANIFEST}")
        self.run(recording).delete()

    def _drop_other_runs(self, recording: Recording) -> None:
        """Remove what processes left that died while they accepted the same bytes."""
        manifest = f"{recording.audio_id}/{names.MANIFEST}"
        ours = self.run(recording).name_of("")
        for name in self._objects.list(recording.audio_id):
            if name != manifest and not name.startswith(ours):
                self._objects.delete(name)

    def _manifest(self, audio_id: str) -> Recording:
        name = f"{audio_id}/{names.MANIFEST}"
        try:
            return decode(Recording, self._objects.read(name))
        except ObjectMissing:
            raise
        except StoreError as error:
            raise StoreError(f"{name}: {error}", code=error.code) from error


def _now() -> datetime:
    return datetime.now(timezone.utc)
