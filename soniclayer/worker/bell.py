"""Wakes a thread that waits, from other threads and from signal handlers."""

from __future__ import annotations

import os
import select
from contextlib import suppress


class Bell:
    """A pipe. To set a `threading.Event` takes a lock, for which a signal in that very moment would wait for ever."""

    def __init__(self) -> None:
        self._heard, self._rope = os.pipe()
        os.set_blocking(self._heard, False)
        os.set_blocking(self._rope, False)

    def ring(self) -> None:
        """Wake the one that waits, or that will; may be interrupted anywhere, by itself too."""
        with suppress(BlockingIOError):  # it has been rung more than enough
            os.write(self._rope, b"!")

    def wait(self, timeout_s: float) -> None:
        """Until it rings, or so long; what has rung before counts, once."""
        ready, _, _ = select.select([self._heard], [], [], timeout_s)
        if ready:
            os.read(self._heard, 65536)
