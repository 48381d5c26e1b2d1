"""How long it will take."""

from __future__ import annotations

import time


class Pace:
    """Guesses the time that is left from the seconds of audio done since the first look.

    What was done before (a run that continues) does not count.
    """

    def __init__(self, done_s: float) -> None:
        self._first_done_s = done_s
        self._started = self._looked = time.monotonic()
        self._left_s: float | None = None

    def advance(self, done_s: float, total_s: float) -> None:
        """Take a new look at how much is done."""
        self._looked = time.monotonic()
        gained_s = done_s - self._first_done_s
        if gained_s > 0:
            self._left_s = (self._looked - self._started) / gained_s * max(0.0, total_s - done_s)

    @property
    def took_s(self) -> float:
        """Seconds since the first look."""
        return time.monotonic() - self._started

    @property
    def left_s(self) -> float | None:
        """Seconds that are left, counting down between looks; None while there is nothing to go by."""
        if self._left_s is None:
            return None
        return max(0.0, self._left_s - (time.monotonic() - self._looked))
