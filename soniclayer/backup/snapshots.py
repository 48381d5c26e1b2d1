"""Which snapshot is meant, and what it says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.backup.inventory import NAME, from_json
from soniclayer.backup.restic import host
from soniclayer.errors import BackupError

if TYPE_CHECKING:
    from soniclayer.backup.inventory import Inventory
    from soniclayer.backup.restic import Restic, Snapshot

STAGING = "/staging"


def pick(restic: Restic, wanted: str | None) -> Snapshot:
    """The snapshot that was named; the latest one of this machine, or of the only machine there is.

    Raises:
        BackupError: `no_snapshot`: there is none, or nobody can tell which one is meant.
    """
    there = restic.snapshots()
    if not there:
        raise BackupError(f"{restic.repository.shown}: there is no backup in it", code="no_snapshot")
    if wanted is not None:
        found = [snapshot for snapshot in there if snapshot.id.startswith(wanted)]
        if len(found) != 1:
            raise BackupError(f"{wanted}: no such snapshot, or several; see: soniclayer backups", code="no_snapshot")
        return found[0]
    hosts = {snapshot.host for snapshot in there}
    own = [snapshot for snapshot in there if snapshot.host == host()]
    if not own and len(hosts) > 1:
        names = ", ".join(sorted(hosts))
        raise BackupError(
            f"there are backups of {names}: name a snapshot, as soniclayer backups shows them", code="no_snapshot"
        )
    return (own or there)[-1]


def staging_in(snapshot: Snapshot) -> str:
    """The folder in a snapshot that holds what was made for it.

    Raises:
        BackupError: `no_snapshot`: it is none of ours.
    """
    found = [path for path in snapshot.paths if path.endswith(STAGING)]
    if not found:
        raise BackupError(f"{snapshot.id[:8]} has no inventory: it was not made here", code="no_snapshot")
    return found[-1]


def inventory_in(restic: Restic, snapshot: Snapshot) -> Inventory:
    """What a snapshot says it holds.

    Raises:
        BackupError: as for `staging_in`, or it cannot be read.
    """
    return from_json(restic.read(snapshot.id, f"{staging_in(snapshot)}/{NAME}"))
