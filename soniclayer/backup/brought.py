"""What was brought back, in a folder beside the store: compared, and whole, until it is put in its place."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soniclayer.backup import proofs
from soniclayer.backup.inventory import differences
from soniclayer.backup.room import refuse_without_room
from soniclayer.backup.snapshots import inventory_in, pick
from soniclayer.domain.step import next_steps
from soniclayer.errors import StoreError
from soniclayer.storage.codec import decode, encode
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings

if TYPE_CHECKING:
    from pathlib import Path

    from soniclayer.backup.places import Places
    from soniclayer.backup.restic import Restic
    from soniclayer.backup.told import Told

WHOLE = "whole.json"
"""In the folder, and written last: what it holds."""

_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700


@dataclass(frozen=True)
class Brought:
    """A snapshot on this machine: the paths that its store and configuration had, and a line for each difference."""

    snapshot: str
    uploads: str
    config: str | None
    recordings: int
    unfinished: int
    size_bytes: int
    differences: tuple[str, ...]


def bring(places: Places, restic: Restic, told: Told, snapshot: str) -> Brought:
    """Bring a snapshot into the folder, and compare it with its inventory. The store stays as it is.

    Raises:
        BackupError: it cannot be had, or there is no room for it.
        OSError: the folder cannot be written.
    """
    chosen = pick(restic, snapshot)
    inventory = inventory_in(restic, chosen)
    remove_brought(places)
    refuse_without_room(places.uploads, restic.size_bytes(chosen.id), "the restore")
    tree = places.restoring
    tree.mkdir(_PRIVATE_FOLDER)
    told.begin("bringing back")
    restic.restore(chosen.id, tree)
    told.begin("comparing")
    uploads = tree / inventory.uploads.lstrip("/")
    lines = tuple(differences(inventory, uploads, told))
    size_bytes = sum(item.size_bytes for item in inventory.recordings)
    counts = (len(inventory.recordings), _reopen(uploads), size_bytes)
    brought = Brought(chosen.id, inventory.uploads, inventory.config, *counts, lines)
    os.sync()  # what is whole now is so after a power cut
    proofs.replace(tree / WHOLE, encode(brought), _PRIVATE_FILE)
    return brought


def brought_before(places: Places, snapshot: str) -> Brought | None:
    """What an earlier try has brought of a snapshot, if that is whole; some of it may be in its place by now."""
    try:
        brought = decode(Brought, (places.restoring / WHOLE).read_bytes())
    except (OSError, StoreError):
        return None
    return brought if brought.snapshot == snapshot else None


def remove_brought(places: Places) -> None:
    """Remove the folder, which must never seem whole meanwhile."""
    (places.restoring / WHOLE).unlink(missing_ok=True)
    shutil.rmtree(places.restoring, ignore_errors=True)


def _reopen(uploads: Path) -> int:
    """Put all that is not done on the open list, which was copied at another moment than the rest; how many."""
    recordings = Recordings(LocalStore(uploads))
    count = 0
    for audio_id in recordings.ids():
        try:
            recording = recordings.get(audio_id)
            survey = recordings.run(recording).survey() if recording else None
        except StoreError:  # damaged: it was told of
            continue
        if recording and survey and (next_steps(survey) or survey.improving):
            recordings.mark_open(recording)
            count += bool(next_steps(survey))
    return count
