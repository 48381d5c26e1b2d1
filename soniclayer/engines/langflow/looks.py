"""What others told a moment ago: one thread asks, and nobody waits longer than for that."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_EVERY_S = 10.0


@dataclass
class _Look:
    """At one thing: what was found, before this look or in it; `ended_s` once it is over."""

    found: str | None
    ended_s: float | None = None
    known: threading.Event = field(default_factory=threading.Event)


class Looks:
    """Safe to share between threads.

    Args:
        look: finds something out by its name, or that it cannot be found out: None. It does not raise.
        look_s: which takes so long at most, in seconds.
    """

    def __init__(self, look: Callable[[str], str | None], look_s: float) -> None:
        self._look = look
        self._look_s = look_s
        self._looks: dict[str, _Look] = {}
        self._changing = threading.Lock()

    def of(self, name: str) -> str | None:
        """What was found out within LOOK_EVERY_S; while another thread looks again, what was known before."""
        look, mine = self._begin(name)
        if not mine:
            look.known.wait(self._look_s)
            return look.found
        try:
            look.found = self._look(name)
        finally:
            look.ended_s = time.monotonic()
            look.known.set()
        return look.found

    def _begin(self, name: str) -> tuple[_Look, bool]:
        """The look that counts, and whether it is the caller's to take."""
        with self._changing:
            last = self._looks.get(name)
            if last and (last.ended_s is None or time.monotonic() - last.ended_s < LOOK_EVERY_S):
                return last, False
            look = self._looks[name] = _Look(last.found if last else None)
            if last:
                look.known.set()
            return look, True
