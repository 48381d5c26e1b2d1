"""What was proved, and when: backups, that they can be brought back, what load the suite bears.

Whoever does one of them writes a result file: `soniclayer.proof`.
"""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from soniclayer.backup.way import UNDER_WAY
from soniclayer.cli.check.check import Check, Need
from soniclayer.cli.check.outcome import CannotKnow, Severity, fault, ok, unknown
from soniclayer.errors import StoreError
from soniclayer.export.plain import one_line
from soniclayer.proof import BACKUP, DRILL, LOAD_TEST, read_proof

if TYPE_CHECKING:
    from soniclayer.cli.check.outcome import Outcome
    from soniclayer.cli.check.place import Place

OLDEST_BACKUP_DAYS, OLDEST_DRILL_DAYS = 2.0, 14.0
DAY_S = 86_400


def look_at_backup(place: Place) -> Outcome:
    """Whether there is a copy of yesterday's state."""
    return _look(place, BACKUP, "backup", OLDEST_BACKUP_DAYS, "soniclayer backup, by its timer every night")


def look_at_drill(place: Place) -> Outcome:
    """Whether a backup was brought back, as a test."""
    return _look(place, DRILL, "drill", OLDEST_DRILL_DAYS, "soniclayer drill, by its timer every week")


def look_at_load_test(place: Place) -> Outcome:
    """Whether anybody knows what it bears."""
    return _look(place, LOAD_TEST, "load test", None, "run one before people rely on it")


def look_at_repository(place: Place) -> Outcome:
    """Whether snapshots have a place; one elsewhere is not asked from here: every backup asks it."""
    where = place.backend.backup_repository.removeprefix("local:")
    if not where.startswith("/"):
        return unknown("it is elsewhere: soniclayer backups asks it")
    if not (Path(where) / "config").is_file():
        return fault(f"there is no repository in {where}", "soniclayer backup makes one; is its disk mounted?")
    return ok(where)


def look_at_restore(place: Place) -> Outcome:
    """Whether recordings and configuration are those of one moment."""
    if not (place.backend.backups_dir / UNDER_WAY).exists():
        return ok("none was broken off")
    return fault(
        "a restore was broken off: the store holds a part of what is to come back", "soniclayer restore, again"
    )


def _look(place: Place, name: str, what: str, most_days: float | None, cure: str) -> Outcome:
    try:
        proof = read_proof(place.backend.backups_dir / name)
    except StoreError as error:
        raise CannotKnow(str(error)) from None
    if proof is None:
        return fault(f"no {what} yet" if most_days else f"no {what} was done", cure)
    days = (place.machine.now() - proof.finished_at) / DAY_S
    when = f"{datetime.fromtimestamp(proof.finished_at, timezone.utc):%Y-%m-%d %H:%M} UTC"
    if not proof.ok:
        why = f": {one_line(proof.error)}" if proof.error else ""
        return fault(f"the last {what} failed ({when}){why}", cure)
    if most_days and days > most_days:
        return fault(f"the last {what} is {days:.0f} days old ({when})", cure)
    return ok(when)


_FILES = frozenset({Need.INSTALLATION, Need.ROOT})
CHECKS = (
    Check("proof.backup", "there is a backup, younger than two days", Severity.WARNING, look_at_backup, _FILES),
    Check("proof.repository", "the place of the backups is there", Severity.WARNING, look_at_repository, _FILES),
    Check("proof.drill", "a backup was brought back in the last two weeks", Severity.WARNING, look_at_drill, _FILES),
    Check("proof.restore", "no restore was broken off half-way", Severity.ERROR, look_at_restore, _FILES),
    Check("proof.load_test", "a load test was done", Severity.ADVICE, look_at_load_test, _FILES),
)
