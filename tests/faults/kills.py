"""Kills processes of a service at random, and starts them again, until so many have died."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from service import Service

WEIGHTS = {"engine child": 5, "worker": 3, "worker and child": 2, "backend": 1, "backend worker": 1, "redis": 1}
LONGEST_PAUSE_S = 1.5


def kill_at_random(
    service: Service, kills: int, seed: int, told: Callable[[str], None] = lambda what: None
) -> Counter[str]:
    """Kill so many; how often each kind. Pauses between two kills are random too, from nothing to LONGEST_PAUSE_S."""
    chance = random.Random(seed)
    killed: Counter[str] = Counter()
    while killed.total() < kills:
        time.sleep(chance.uniform(0, LONGEST_PAUSE_S))  # the point is that nothing is waited for
        victim = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        if _kill(service, victim, chance):
            killed[victim] += 1
            told(f"{killed.total()}: {victim}")
    return killed


def _kill(service: Service, victim: str, chance: random.Random) -> bool:
    worker = chance.choice(sorted(name for name in service.processes if name.startswith("worker")))
    if victim == "redis":
        service.redis.restart()
    elif victim == "backend":
        _replace(service, "backend")
    elif victim == "worker":
        _replace(service, worker)
    elif victim == "backend worker":
        return _kill_child(service, "backend", chance)
    else:
        killed = _kill_child(service, worker, chance)
        if victim == "engine child":
            return killed
        _replace(service, worker)
    return True


def _replace(service: Service, name: str) -> None:
    service.kill(name)
    service.start(name)


def _kill_child(service: Service, name: str, chance: random.Random) -> bool:
    children = service.children(name)
    if not children:
        return False
    with suppress(ProcessLookupError):
        os.kill(chance.choice(children), signal.SIGKILL)
        return True
    return False
