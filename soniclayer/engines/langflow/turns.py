"""Who may call, when not all can: a flow whose model is slow or hangs must not hold up the others.

A step is let in, and then takes a turn for each of its calls. A flow that has its share of steps let in is busy: the
next one is put off, and its thread is free for others.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from soniclayer.errors import EngineStopped, JudgeBusy

if TYPE_CHECKING:
    from collections.abc import Iterator

STEPS_PER_CALL = 3
"""So many steps are let in for each call that may be made at once: one calls, two have what comes next at hand."""

MOST_THREADS = 64
"""That many where nobody says: as a worker may have."""

MOST_WAITING = 2
"""Of the steps of one flow that are let in, beyond those that may call at once."""

LEAST_DELAY_S, MOST_DELAY_S = 0.2, 60.0
_FIRST_GUESS_S = 0.5
_NEWEST = 0.3
"""Weight of the latest call in the mean time of a flow's calls."""


@dataclass
class _Line:
    """Of one flow: steps that are let in, calls under way, those that wait in their order, and who was sent away."""

    let_in: int = 0
    calling: int = 0
    waiting: deque[object] = field(default_factory=deque)
    away_until_s: list[float] = field(default_factory=list)
    call_s: float = _FIRST_GUESS_S


class Turns:
    """Safe to share between threads.

    Args:
        calls: how many may be under way at once. One flow never has all of them, unless that is one.
        threads: that run steps; some are left free for those that ask nobody.
    """

    def __init__(self, calls: int, threads: int = MOST_THREADS) -> None:
        self._calls = calls
        self._places = max(1, min(STEPS_PER_CALL * calls, threads - threads // 4))
        self._most_of_one = max(1, calls - 1)
        self._lines: dict[str, _Line] = {}
        self._changed = threading.Condition()
        self._stopped = False

    @contextmanager
    def let_in(self, flow: str) -> Iterator[None]:
        """For one step of a flow.

        Raises:
            JudgeBusy: the flow has its share of steps in here; the delay grows with those that were sent away.
        """
        with self._changed:
            line = self._known(flow)
            if line.let_in >= self._places_for(line):
                raise self._busy(line, flow)
            line.let_in += 1
        try:
            yield
        finally:
            with self._changed:
                line.let_in -= 1

    @contextmanager
    def turn(self, flow: str, within_s: float) -> Iterator[None]:
        """For one call of a step that is let in: waits for its turn, and has it as long as the context lasts.

        Raises:
            JudgeBusy: it did not come within that time.
            EngineStopped: the worker is to stop.
        """
        line = self._wait_for_turn(flow, within_s)
        started_s = time.monotonic()
        try:
            yield
        finally:
            with self._changed:
                line.calling -= 1
                line.call_s += _NEWEST * (time.monotonic() - started_s - line.call_s)
                self._changed.notify_all()

    def stop(self) -> None:
        """Nobody's turn comes any more."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _wait_for_turn(self, flow: str, within_s: float) -> _Line:
        me = object()
        with self._changed:
            line = self._known(flow)
            line.waiting.append(me)
            came = self._changed.wait_for(lambda: self._stopped or self._next() is me, within_s)
            line.waiting.remove(me)
            self._changed.notify_all()  # whoever is next now
            if self._stopped:
                raise EngineStopped("the worker is stopping")
            if not came:
                raise self._busy(line, flow)
            line.calling += 1
            return line

    def _known(self, flow: str) -> _Line:
        """The line of a flow; those are forgotten in which nobody is, and to which nobody comes back."""
        now = time.monotonic()
        for name, line in list(self._lines.items()):
            line.away_until_s = [until_s for until_s in line.away_until_s if until_s > now]
            if not (line.let_in or line.waiting or line.calling or line.away_until_s):
                del self._lines[name]
        return self._lines.setdefault(flow, _Line())

    def _places_for(self, line: _Line) -> int:
        """Steps of a flow that may be in here: one always; its share at most once half of all places are taken."""
        others = sum(other.let_in for other in self._lines.values() if other is not line)
        share = self._places if others + line.let_in < self._places / 2 else self._places // len(self._lines)
        return max(1, min(share, self._places - others, self._most_of_one + MOST_WAITING))

    def _busy(self, line: _Line, flow: str) -> JudgeBusy:
        """Until those before it are done if nobody else calls: too early costs a look, too late leaves calls unused."""
        delay_s = line.call_s * (len(line.away_until_s) + 1) / self._most_of_one
        delay_s = min(MOST_DELAY_S, max(LEAST_DELAY_S, delay_s))
        line.away_until_s.append(time.monotonic() + delay_s)
        return JudgeBusy(f"{flow} has enough to do", delay_s)

    def _next(self) -> object | None:
        """Whose turn it is: of the flow with the fewest calls under way, and there of the one that waits longest."""
        if sum(line.calling for line in self._lines.values()) >= self._calls:
            return None
        waiting = [line for line in self._lines.values() if line.waiting and line.calling < self._most_of_one]
        return min(waiting, key=lambda line: line.calling).waiting[0] if waiting else None
