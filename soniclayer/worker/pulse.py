"""Which threads are alive: each says what it does and by when it will be heard of again."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Pulse:
    """Threads that beat. One that does not within its time hangs: then systemd hears nothing, and ends the worker."""

    def __init__(self) -> None:
        self._beats: dict[int, tuple[str, float, float]] = {}
        self._changing = threading.Lock()

    def expect(self, what: str, within_s: float) -> None:
        """This thread does `what`, and will be heard of again within that time. Said again, the time starts anew."""
        with self._changing:
            self._beats[threading.get_ident()] = (what, within_s, time.monotonic())

    def beat(self) -> None:
        """This thread is alive; nothing to one of which nothing is expected."""
        with self._changing:
            found = self._beats.get(threading.get_ident())
            if found is not None:
                self._beats[threading.get_ident()] = (found[0], found[1], time.monotonic())

    def rest(self) -> None:
        """Nothing is expected of this thread any more."""
        with self._changing:
            self._beats.pop(threading.get_ident(), None)

    @contextmanager
    def during(self, what: str, within_s: float) -> Iterator[None]:
        """Expect this thread to beat as long as the context lasts."""
        self.expect(what, within_s)
        try:
            yield
        finally:
            self.rest()

    def hanging(self) -> list[str]:
        """What is done by threads that have not been heard of in time."""
        now = time.monotonic()
        with self._changing:
            return sorted(what for what, within_s, beaten in self._beats.values() if now - beaten > within_s)
