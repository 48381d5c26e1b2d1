"""Tries a backup out: some of it, or all, is brought back into a scratch folder and compared with what it should be."""

from __future__ import annotations

import random
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from soniclayer.backup.inventory import Inventory, differences, gone
from soniclayer.backup.room import refuse_without_room, spare_bytes
from soniclayer.backup.snapshots import inventory_in, pick, staging_in
from soniclayer.errors import BackupError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from soniclayer.backup.inventory import Item
    from soniclayer.backup.places import Places
    from soniclayer.backup.restic import Restic, Snapshot
    from soniclayer.backup.told import Told

SPARE_BYTES = 64 * 2**20
"""Configuration, folders, what restic needs."""

SCRATCH = "soniclayer-drill"


@dataclass(frozen=True)
class Drilled:
    """What was tried: a snapshot, how many recordings of how many, and a line for each thing that was not right."""

    snapshot: str
    tried: int
    recordings: int
    size_bytes: int
    differences: tuple[str, ...]


def drill(  # noqa: PLR0913 - each is another part of it
    places: Places,
    restic: Restic,
    told: Told,
    *,
    snapshot: str | None,
    sample: int | None,
    scratch: Path,
    min_free_bytes: int = 0,
) -> Drilled:
    """Check the repository, bring a sample back, compare, remove it. Nobody else may be at it: see `places.alone`.

    Args:
        places: where the store is: what was deleted from it since is not missed.
        restic: the repository.
        told: hears how far it is.
        snapshot: which; None: the latest.
        sample: how many recordings, drawn by chance; None: all.
        scratch: the folder in which one of ours is made, and removed.
        min_free_bytes: what must stay free on the disk of the store.

    Raises:
        BackupError: it cannot be tried.
    """
    chosen = pick(restic, snapshot)
    told.begin("looking at the repository")
    restic.check()
    inventory = inventory_in(restic, chosen)
    drawn = _draw(inventory, sample)
    size_bytes = sum(item.size_bytes for item in drawn.recordings)
    reserve_bytes = SPARE_BYTES + spare_bytes(scratch, places, min_free_bytes)
    refuse_without_room(scratch, size_bytes + reserve_bytes, "the drill")
    with _folder(scratch) as folder:
        told.begin("bringing back")
        restic.restore(chosen.id, folder, [] if sample is None else _paths(chosen, drawn))
        told.begin("comparing")
        lines = tuple(_differences(folder, chosen, drawn, places, told))
    return Drilled(chosen.id[:8], len(drawn.recordings), len(inventory.recordings), size_bytes, lines)


def refuse_differences(done: Drilled) -> None:
    """A drill that found anything has failed.

    Raises:
        BackupError: `differs`.
    """
    if done.differences:
        first, more = done.differences[0], len(done.differences) - 1
        raise BackupError(
            f"snapshot {done.snapshot} is not what it should be: {first}{f', and {more} more' if more else ''}",
            code="differs",
        )


def _draw(inventory: Inventory, sample: int | None) -> Inventory:
    items: Sequence[Item] = inventory.recordings
    if sample is None or sample >= len(items):
        return inventory
    return replace(inventory, recordings=tuple(random.sample(items, sample)))


def _paths(snapshot: Snapshot, drawn: Inventory) -> list[str]:
    """In the snapshot: the recordings that were drawn, and all that is not a recording."""
    rest = [path for path in snapshot.paths if path != drawn.uploads]
    return [*rest, *(f"{drawn.uploads}/{item.audio_id}" for item in drawn.recordings)]


def _differences(folder: Path, snapshot: Snapshot, drawn: Inventory, places: Places, told: Told) -> Iterator[str]:
    below = folder / drawn.uploads.lstrip("/")
    lost = set(gone(drawn, below)) & set(gone(drawn, places.uploads))  # deleted while the snapshot was made, or since
    known = replace(drawn, recordings=tuple(item for item in drawn.recordings if item.audio_id not in lost))
    yield from differences(known, below, told)
    for path in snapshot.paths:
        if path != drawn.uploads and not (folder / path.lstrip("/")).is_dir():
            yield f"{path}: is not in the snapshot"
    if not (folder / staging_in(snapshot).lstrip("/") / "inventory.json").is_file():
        yield "its inventory is not in the snapshot"


@contextmanager
def _folder(scratch: Path) -> Iterator[Path]:
    """Empty at first, gone afterwards; what a killed drill left is removed.

    Raises:
        BackupError: `no_room`: it cannot be made.
    """
    folder = scratch / SCRATCH
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(0o700, parents=True)
    except OSError as error:
        raise BackupError(f"{folder}: {error.strerror}", code="no_room") from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
