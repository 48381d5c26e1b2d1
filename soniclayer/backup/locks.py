"""Locks in a restic repository that nobody holds any more: whoever took them was killed.

`restic unlock` would find that out by sending SIGHUP to the process of that number, whoever it is by now.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OLDEST = timedelta(minutes=30)
"""restic renews a lock every five minutes, and takes one of this age for forgotten itself."""


@dataclass(frozen=True)
class Lock:
    """Who holds a repository, and since when."""

    host: str
    pid: int
    taken_at: datetime

    @property
    def dead(self) -> bool:
        """Whether its holder is gone for certain."""
        if datetime.now(timezone.utc) - self.taken_at > OLDEST:
            return True
        return self.host == platform.node() and not _is_restic(self.pid)


def clear_dead(look: Callable[[], Sequence[Lock]], remove_all: Callable[[], None]) -> bool:
    """Remove the locks when all of them are of dead ones; whether nobody holds it now."""
    locks = look()
    if not all(lock.dead for lock in locks):
        return False
    if locks:
        remove_all()
    return True


def _is_restic(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text("utf-8").strip() == "restic"
    except OSError:
        return False
