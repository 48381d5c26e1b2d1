"""Whether there is room, before anything is written: backups must never be what fills the disk of the store."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from soniclayer.errors import BackupError

if TYPE_CHECKING:
    from pathlib import Path

    from soniclayer.backup.inventory import Inventory
    from soniclayer.backup.places import Places
    from soniclayer.backup.repository import Repository

MB = 1_000_000


def refuse_small_disk(
    places: Places, repository: Repository, inventory: Inventory, facts: dict[str, Any], min_free_bytes: int
) -> None:
    """Refuse a backup into a folder whose disk has no room for what came since the last one.

    Raises:
        BackupError: `no_room`.
    """
    if repository.folder is None:
        return
    size_bytes = sum(item.size_bytes for item in inventory.recordings)
    known_bytes = int(facts.get("size_bytes", 0)) if facts.get("repository") == repository.shown else 0
    need_bytes = max(0, size_bytes - known_bytes) + spare_bytes(repository.folder, places, min_free_bytes)
    refuse_without_room(repository.folder, need_bytes, "the backup")


def spare_bytes(folder: Path, places: Places, min_free_bytes: int) -> int:
    """What must stay free on a folder's disk: on that of the store `min_free_bytes`, or uploads would be refused."""
    return min_free_bytes if _same_disk(folder, places.uploads) else 0


def refuse_without_room(folder: Path, need_bytes: int, what: str) -> None:
    """Refuse where a folder's disk, which may not be there yet, has less room than that.

    Raises:
        BackupError: `no_room`.
    """
    free_bytes = shutil.disk_usage(_standing(folder)).free
    if free_bytes < need_bytes:
        raise BackupError(
            f"{folder} has {free_bytes // MB} MB of room, {what} needs {need_bytes // MB + 1} MB", code="no_room"
        )


def _same_disk(one: Path, other: Path) -> bool:
    return _standing(one).stat().st_dev == _standing(other).stat().st_dev


def _standing(path: Path) -> Path:
    """It, or the nearest folder above it that is there."""
    while not path.is_dir():
        path = path.parent
    return path
