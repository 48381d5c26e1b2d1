"""Where machines lie while tests run, and the sweep of what a killed session left: folders and empty cgroups."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from host_cgroups import host_hierarchies, remove_cgroups

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "session-"


@contextlib.contextmanager
def own_session(cache: Path) -> Iterator[Path]:
    """A folder of this session's own below `cache`, locked while it lives and removed at its end."""
    cache.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as held:
        with (cache / "sessions.lock").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            sweep(cache)
            folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=cache))
            lock = held.enter_context((folder / "lock").open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        held.callback(_forget, folder)
        yield folder


def sweep(cache: Path) -> None:
    """Remove what sessions left whose lock nobody holds. Their machines have ended with them: see WITH_US."""
    for folder in cache.glob(f"{PREFIX}*"):
        with contextlib.suppress(BlockingIOError), (folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _forget(folder)


def _forget(folder: Path) -> None:
    hierarchies = host_hierarchies()
    for hierarchy in hierarchies:
        for cgroup in hierarchy.machines(f"{folder.name}-"):
            remove_cgroups(hierarchies, cgroup)
    shutil.rmtree(folder)
