"""Removes releases that nobody can go back to: root's part of `soniclayer cleanup`."""

from __future__ import annotations

import fcntl
import shutil
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soniclayer.installation import Installation

INSTALL_LOCK = Path("/run/soniclayer-install.lock")
"""Held by an install.sh that is at work."""


def remove_old_releases(place: Installation, *, only_look: bool, lock: Path = INSTALL_LOCK) -> Iterator[str]:
    """Those of `Installation.old_releases`, one by one; each is named when it is gone. None while one is installed."""
    with ExitStack() as held:
        if lock.exists():
            file = held.enter_context(lock.open("rb"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
        for release in place.old_releases(time.time()):
            if not only_look:
                folder = place.root / "releases" / release.version
                (folder / "complete").unlink(missing_ok=True)  # from now on nobody takes it for one
                shutil.rmtree(folder)
            yield f"{release.version} ({'replaced' if release.complete else 'interrupted while it was installed'})"
