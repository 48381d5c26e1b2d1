"""What was proved, and when: that there is a backup, that it can be brought back. Whoever does it writes a result file.

    {"ok": true, "finished_at": "2026-05-04T02:00:41+00:00", "succeeded_at": "2026-05-04T02:00:41+00:00", ...}

`succeeded_at` is that of the latest one that went well, and stays where a later one fails. Times carry their zone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from soniclayer.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

BACKUP, DRILL, LOAD_TEST = "last-backup.json", "last-drill.json", "load-test.json"
"""Below `backups_dir`."""

LONGEST_BYTES = 2**20


@dataclass(frozen=True)
class Proof:
    """The latest try, and the latest that went well, as Unix time in seconds; `error` says what went wrong."""

    ok: bool
    finished_at: float
    succeeded_at: float | None = None
    error: str | None = None


def read_proof(path: Path) -> Proof | None:
    """What a result file says; None: there is none.

    Raises:
        StoreError: it cannot be read, or is no result file (`object_damaged`).
    """
    try:
        with path.open("rb") as file:
            facts = json.loads(file.read(LONGEST_BYTES))
        return _proof(facts)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, LookupError, TypeError, OverflowError, RecursionError) as error:
        raise StoreError(f"{path} is no result file: {error}", code="object_damaged") from None


def _proof(facts: dict[str, Any]) -> Proof:
    ok, finished_at = facts["ok"] is True, _moment(facts["finished_at"])
    succeeded_at = facts.get("succeeded_at")
    earlier = finished_at if ok else None
    error = facts.get("error")
    return Proof(ok, finished_at, _moment(succeeded_at) if succeeded_at else earlier, str(error) if error else None)


def _moment(text: object) -> float:
    moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment.timestamp()
