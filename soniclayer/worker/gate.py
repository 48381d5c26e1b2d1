"""A gate before some queues: a message is fetched only when there is a free slot to run it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

T = TypeVar("T")

IDLE_S = 0.08
"""Empty queues are looked at again after so long, or when something has been done in this process."""


class Gate:
    """So many slots over queues that are asked in order: no message waits behind a busy worker while another idles.

    Args:
        queues: the first that has something gets the free slot.
        slots: how many messages may be in hand at once.
        may_fetch: is asked before a queue is; False skips it this time.
    """

    def __init__(self, queues: Sequence[str], slots: int, may_fetch: Callable[[str], bool] = lambda _: True) -> None:
        self.queues = tuple(queues)
        self.slots = slots
        self._may_fetch = may_fetch
        self._taken = 0
        self._news = False
        self._closed = False
        self._changed = threading.Condition()

    def next(
        self, filled: Callable[[Sequence[str]], Iterable[str]], fetch: Callable[[str], T | None], timeout_s: float
    ) -> T | None:
        """The next of what is in the queues, which has then taken a slot; None when there was nothing.

        Waits up to `timeout_s` for a free slot, and IDLE_S when all queues are empty. For one thread alone.

        Args:
            filled: picks those queues that have something.
            fetch: takes something out of a queue; None when somebody else was faster.
            timeout_s: in seconds.
        """
        if not self._wait_for_slot(timeout_s):
            return None
        for queue in filled(self.queues):
            found = fetch(queue) if self._may_fetch(queue) else None
            if found is not None:
                with self._changed:
                    self._taken += 1
                return found
        with self._changed:
            self._changed.wait_for(lambda: self._news or self._closed, IDLE_S)
        return None

    def release(self) -> None:
        """Give a slot back."""
        with self._changed:
            self._taken = max(0, self._taken - 1)
            self._tell()

    def wake(self) -> None:
        """Have the queues looked at now: something may be in them."""
        with self._changed:
            self._tell()

    def close(self) -> None:
        """Nothing is fetched any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _tell(self) -> None:
        self._news = True
        self._changed.notify_all()

    def _wait_for_slot(self, timeout_s: float) -> bool:
        with self._changed:
            free = self._changed.wait_for(lambda: self._taken < self.slots and not self._closed, timeout_s)
            self._news = False
            return free
