"""Makes a backup: an inventory, a snapshot, a look whether it holds what the inventory says; then the old ones go.

The suite runs meanwhile. Objects of the store are written once and whole, and the inventory is taken first: so what it
names is in the snapshot, or was deleted meanwhile, and then another snapshot is made.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from soniclayer.backup import proofs
from soniclayer.backup.inventory import NAME, gone, take_inventory, to_json
from soniclayer.backup.redis_copy import RDB
from soniclayer.backup.restic import host
from soniclayer.backup.room import refuse_small_disk
from soniclayer.backup.way import UNDER_WAY
from soniclayer.errors import BackupError
from soniclayer.storage import names

if TYPE_CHECKING:
    from collections.abc import Callable

    from soniclayer.backup.inventory import Inventory
    from soniclayer.backup.places import Places
    from soniclayer.backup.restic import Keep, Restic, Saved
    from soniclayer.backup.told import Told

TRIES = 3
"""So many snapshots are made at most because recordings were deleted meanwhile: those after the first take a moment."""

BEGIN_ANEW = "To begin anew: soniclayer backup --begin-anew"

_PRIVATE = 0o600


@dataclass(frozen=True)
class Made:
    """A backup: its snapshot, the recordings in it, its files and bytes, and those that were new."""

    snapshot: str
    recordings: int
    files: int
    size_bytes: int
    added_bytes: int


def back_up(  # noqa: PLR0913 - each is another part of it
    places: Places,
    restic: Restic,
    keep: Keep,
    told: Told,
    facts: dict[str, Any],
    *,
    copy_redis: Callable[[Path], None],
    begin_anew: bool = False,
    min_free_bytes: int = 0,
) -> Made:
    """Make one, and remove what is not to be kept. Nobody else may be at it: see `places.alone`.

    Args:
        places: what is copied.
        restic: the repository; one that is not there is made, unless there was one before.
        keep: what stays of earlier ones.
        told: hears how far it is.
        facts: what the last good one noted; it becomes what this one does.
        copy_redis: writes a file; what it cannot is no failure.
        begin_anew: make a repository though there was one before, and back up a store that has lost all it had.
        min_free_bytes: what must stay free on the disk of the store.

    Raises:
        BackupError: no snapshot was made, or old ones stay; then `facts` has a `snapshot` and says that it succeeded.
        StoreError: the store cannot be listed.
    """
    if not places.uploads.is_dir():
        raise BackupError(f"{places.uploads}: there is no store: is its disk mounted?", code="incomplete")
    _refuse_half_restored(places.backups / UNDER_WAY)
    _open(restic, facts, begin_anew=begin_anew)
    told.begin("looking at the recordings")
    inventory = take_inventory(places, host())
    if not inventory.recordings and facts.get("recordings") and not begin_anew:
        raise BackupError(
            f"{places.uploads}: all {facts['recordings']} recordings of the last backup are gone: is its disk mounted? "
            f"{BEGIN_ANEW}",
            code="incomplete",
        )
    refuse_small_disk(places, restic.repository, inventory, facts, min_free_bytes)
    copy_redis(places.make_staging() / RDB)
    made = _snapshot(places, restic, inventory, told)
    facts.update(asdict(made), repository=restic.repository.shown, succeeded_at=proofs.now())
    told.begin("removing old backups")
    try:
        restic.thin_out(keep)
    except BackupError as error:
        raise BackupError(f"snapshot {made.snapshot} is made, but old ones stay: {error}", code=error.code) from None
    return made


def _refuse_half_restored(note: Path) -> None:
    """It would be the latest from now on, and what the restore is started again with.

    Raises:
        BackupError: `incomplete`.
    """
    if note.exists():
        raise BackupError(
            f"a restore was broken off half-way: run it again, or remove {note} where all is in its place",
            code="incomplete",
        )


def _open(restic: Restic, facts: dict[str, Any], *, begin_anew: bool) -> None:
    """See that there is a repository; the first time it is made.

    Raises:
        BackupError: it is gone, say with a disk that is not mounted; or whatever restic finds.
    """
    try:
        restic.open()
    except BackupError as error:
        if error.code != "repository":
            raise
        if facts.get("repository") == restic.repository.shown and not begin_anew:
            raise BackupError(
                f"{error}; there were backups before: is its disk mounted, its server up? {BEGIN_ANEW}",
                code=error.code,
            ) from None
        restic.init()


def _snapshot(places: Places, restic: Restic, inventory: Inventory, told: Told) -> Made:
    """A snapshot that holds what its inventory says.

    Raises:
        BackupError: `incomplete`: something could not be read, or is not in it. It stays, and counts as none of ours.
    """
    earlier = None
    for tries_left in reversed(range(TRIES)):
        proofs.replace(places.make_staging() / NAME, to_json(inventory), _PRIVATE)
        told.begin("copying")
        saved = restic.backup(places.copied, without=places.not_copied)
        told.begin("looking whether all of it is there")
        if earlier:
            restic.forget(earlier)
        try:
            _refuse_incomplete(places, restic, inventory, saved)
        except BackupError:
            restic.disown(saved.snapshot)
            raise
        if not (tries_left and gone(inventory, places.uploads)):
            break
        told.note("recordings were deleted meanwhile: once more")
        earlier, inventory = saved.snapshot, take_inventory(places, host())
    return Made(saved.snapshot, len(inventory.recordings), saved.files, saved.size_bytes, saved.added_bytes)


def _refuse_incomplete(places: Places, restic: Restic, inventory: Inventory, saved: Saved) -> None:
    unread = [path for path in saved.unread if not path.startswith("/") or _is_there(path)]
    if unread:
        raise BackupError(f"{len(unread)} files could not be read, among them {unread[0]}", code="incomplete")
    manifests, objects = _objects_in(restic, saved.snapshot, places.uploads)
    missing = [
        item.audio_id
        for item in inventory.recordings
        if item.audio_id not in manifests or objects[item.audio_id, item.run] < item.objects
    ]
    lost = set(missing).difference(gone(inventory, places.uploads)) if missing else None
    if lost:
        raise BackupError(
            f"snapshot {saved.snapshot} lacks objects of {len(lost)} recordings, among them {min(lost)}",
            code="incomplete",
        )


def _is_there(path: str) -> bool:
    """What was deleted while restic came to it is not missed."""
    try:
        Path(path).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _objects_in(restic: Restic, snapshot: str, uploads: Path) -> tuple[set[str], Counter[tuple[str, str]]]:
    """The ids that have a manifest in a snapshot, and how many lasting objects each run has there."""
    manifests: set[str] = set()
    objects: Counter[tuple[str, str]] = Counter()

    def count(path: str) -> None:
        audio_id, *inner = PurePosixPath(path).relative_to(uploads).parts
        if inner == [names.MANIFEST]:
            manifests.add(audio_id)
        elif len(inner) > 1 and names.stays("/".join(inner[1:])):
            objects[audio_id, inner[0]] += 1

    restic.files(snapshot, uploads, count)
    return manifests, objects
