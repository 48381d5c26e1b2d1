"""The store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.cli.check.check import Check, Need
from soniclayer.cli.check.outcome import CannotKnow, Severity, fault, not_applicable, ok, several
from soniclayer.errors import StoreError
from soniclayer.export.plain import one_line
from soniclayer.proof import BACKUP, read_proof
from soniclayer.storage.local import INCOMING

if TYPE_CHECKING:
    from pathlib import Path

    from soniclayer.cli.check.outcome import Outcome
    from soniclayer.cli.check.place import Place

OLDEST_S = 86_400.0


def look_at_incoming(place: Place) -> Outcome:
    """Uploads that were broken off are removed after a day."""
    folder = place.backend.uploads_dir / INCOMING
    if not folder.is_dir():
        return not_applicable(f"there is no {folder}")
    old = [path.name for path in folder.iterdir() if place.machine.now() - _changed_at(path, place) > OLDEST_S]
    if old:
        return fault(
            f"{len(old)} older than a day in {folder}: {several(sorted(old), 2)}",
            "soniclayer cleanup removes them; does soniclayer-cleanup.timer run?",
        )
    return ok("nothing old")


def look_at_readable(place: Place) -> Outcome:
    """What reconcile came across: manifests, or what is wanted, that a disk or a hand has damaged."""
    faults = place.redis.unreadable
    if faults:
        name, why = next(iter(faults.items()))
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        return fault(
            f"{one_line(name)}: {one_line(why)}{more}", "bring it back from a backup: soniclayer reconcile names all"
        )
    return ok("all that were looked at")


def look_at_retention(place: Place) -> Outcome:
    """Whether what is deleted at night was copied before."""
    settings = place.backend
    if not settings.retention_days and not settings.retention_bytes:
        return ok("recordings stay until somebody deletes them")
    try:
        backup = read_proof(settings.backups_dir / BACKUP)
    except StoreError as error:
        raise CannotKnow(str(error)) from None
    if backup is None or not backup.ok:
        return fault(
            "recordings are deleted by age or size, and the latest backup failed, or there is none",
            "soniclayer backup; or take SONICLAYER_RETENTION_DAYS and _BYTES out of backend.env",
        )
    return ok("the latest backup went well")


def _changed_at(path: Path, place: Place) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # it has just arrived
        return place.machine.now()


_FILES = frozenset({Need.INSTALLATION, Need.ROOT})
CHECKS = (
    Check("store.incoming", "no broken uploads are left over", Severity.WARNING, look_at_incoming),
    Check("store.readable", "every recording that is worked on can be read", Severity.WARNING, look_at_readable),
    Check(
        "store.retention", "what is deleted by age or size is in a backup", Severity.WARNING, look_at_retention, _FILES
    ),
)
