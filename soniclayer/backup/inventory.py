"""What there is: every recording of a store. A snapshot carries it, and what is brought back is compared with it."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soniclayer import __version__
from soniclayer.backup.proofs import now
from soniclayer.domain.state import state_of
from soniclayer.errors import BackupError, StoreError
from soniclayer.storage.codec import decode, encode
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from soniclayer.backup.places import Places
    from soniclayer.backup.told import Told
    from soniclayer.storage.run import Run

NAME = "inventory.json"
FORMAT = 1
UNREADABLE = "unreadable"
"""The state of a recording of which a file that says it is missing or damaged."""

_CHUNK_BYTES = 2**20


@dataclass(frozen=True)
class Item:
    """A recording. `objects` counts those that stay as long as it does, so it never falls; `size_bytes` counts all."""

    audio_id: str
    run: str
    state: str
    objects: int
    size_bytes: int


@dataclass(frozen=True)
class Inventory:
    """All recordings of a store, where the store and the configuration were, and on which machine."""

    format: int
    version: str
    taken_at: str
    host: str
    uploads: str
    config: str | None
    recordings: tuple[Item, ...]

    def by_id(self) -> dict[str, Item]:
        """The recordings."""
        return {item.audio_id: item for item in self.recordings}


def take_inventory(places: Places, host: str) -> Inventory:
    """Look at every recording; one that is deleted meanwhile is left out.

    Raises:
        StoreError: the store cannot be listed.
    """
    return Inventory(
        format=FORMAT,
        version=__version__,
        taken_at=now(),
        host=host,
        uploads=str(places.uploads),
        config=str(places.config) if places.config else None,
        recordings=tuple(_items(places.uploads)),
    )


def to_json(inventory: Inventory) -> bytes:
    """As a snapshot carries it."""
    return encode(inventory)


def from_json(data: bytes) -> Inventory:
    """What a snapshot carries.

    Raises:
        BackupError: `no_snapshot`: it is none of ours.
    """
    try:
        return decode(Inventory, data)
    except StoreError as error:
        raise BackupError(f"{NAME} of the snapshot: {error}", code="no_snapshot") from None


def differences(inventory: Inventory, uploads: Path, told: Told) -> list[str]:
    """A line for each recording of an inventory that is not in a store as it was: whole, of that run, its bytes right.

    Recordings beyond the inventory were accepted while the snapshot was made: their bytes are looked at too.
    """
    recordings = Recordings(LocalStore(uploads))
    wanted = inventory.by_id()
    found = set(recordings.ids()) | wanted.keys()
    size_bytes, done_bytes, lines = sum(item.size_bytes for item in wanted.values()), 0, []
    for audio_id in sorted(found):
        lines += [f"{audio_id}: {fault}" for fault in _faults(recordings, audio_id, wanted.get(audio_id))]
        done_bytes += wanted[audio_id].size_bytes if audio_id in wanted else 0
        told.seen(done_bytes, size_bytes)
    return lines


def gone(inventory: Inventory, uploads: Path) -> list[str]:
    """The ids of those that are not in the store any more, or are another run by now."""
    return [item.audio_id for item in inventory.recordings if not _is_there(Recordings(LocalStore(uploads)), item)]


def _is_there(recordings: Recordings, item: Item) -> bool:
    try:
        recording = recordings.get(item.audio_id)
    except StoreError:  # it is there, and damaged
        return True
    return recording is not None and item.run in {recording.run, ""}


def _items(uploads: Path) -> Iterator[Item]:
    recordings = Recordings(LocalStore(uploads))
    for audio_id in sorted(recordings.ids()):
        item = _item(recordings, audio_id, uploads / audio_id)
        if item is not None:
            yield item


def _item(recordings: Recordings, audio_id: str, folder: Path) -> Item | None:
    try:
        recording = recordings.get(audio_id)
    except StoreError:  # a damaged manifest: what there is of it is copied
        return Item(audio_id, "", UNREADABLE, 0, _size_of(folder))
    if recording is None:
        return None
    run = recordings.run(recording)
    objects, size_bytes, state = run.lasting_objects(), _size_of(folder), _state(run)
    return Item(audio_id, recording.run, state, objects, size_bytes) if run.is_current() else None


def _state(run: Run) -> str:
    try:
        return state_of(run.survey())
    except StoreError:
        return UNREADABLE


def _size_of(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # just removed
            total += path.lstat().st_size if path.is_file() else 0
    return total


def _faults(recordings: Recordings, audio_id: str, item: Item | None) -> Iterator[str]:
    try:
        recording = recordings.get(audio_id)
    except StoreError as error:
        if item is None or item.state != UNREADABLE:
            yield str(error)
        return
    if recording is None:
        if item is not None:
            yield "is not there: it was deleted while the snapshot was made, or is lost"
        return
    run = recordings.run(recording)
    if item is not None and item.run == recording.run and run.lasting_objects() < item.objects:
        yield f"has {run.lasting_objects()} objects, not {item.objects}"
    yield from _faults_of_source(run, audio_id)


def _faults_of_source(run: Run, audio_id: str) -> Iterator[str]:
    try:
        with run.source() as path:
            found = sha256_of(path)
    except (StoreError, OSError) as error:
        yield f"its source cannot be read: {error}"
        return
    if found != audio_id:
        yield "its source has other bytes: their SHA-256 is not its id"


def sha256_of(path: Path) -> str:
    """In hex; a little of it is in memory at a time."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
