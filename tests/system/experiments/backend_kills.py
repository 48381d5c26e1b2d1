"""Kills of the backend's processes: the one that systemd started, or one of those that serve."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from installed_suite import InstalledSuite

UNIT = "soniclayer-backend"
MASTER, PROCESS = "master", "process"
LONGEST_PAUSE_S = 2.0


def kill_at_random(suite: InstalledSuite, kills: int, seed: int) -> Counter[str]:
    """SIGKILL so many, with pauses of chance between them; how many of each kind."""
    chance = random.Random(seed)
    killed: Counter[str] = Counter()
    while killed.total() < kills:
        threading.Event().wait(chance.uniform(0, LONGEST_PAUSE_S))  # the point is that nothing is waited for
        victim = chance.choice((MASTER, PROCESS))
        pid = suite.main_pid(UNIT)
        pids = [pid] if victim == MASTER else children_of(suite, pid)
        if pid and pids and _killed(suite, chance.choice(pids)):
            killed[victim] += 1
    return killed


def children_of(suite: InstalledSuite, pid: int) -> list[int]:
    """As the machine counts."""
    tasks = suite.machine.path(f"/proc/{pid}/task").glob("*/children")
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return [int(child) for path in tasks for child in path.read_text().split()]
    return []


def _killed(suite: InstalledSuite, pid: int) -> bool:
    return suite.machine.run("kill", f"-{signal.SIGKILL.value}", str(pid), check=False).returncode == os.EX_OK
