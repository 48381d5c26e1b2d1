"""Calls that were counted in Redis ahead of time: where many are allowed, not each of them needs to ask."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soniclayer.web.policy import Policy, Standing

SHARE = 40
"""A process takes one call in so many of a policy at once: so much less may be allowed than the policy says."""

MOST_CALLERS = 10_000


class Ahead:
    """Safe to share between threads. What was counted is good as long as it counts: for the window of its policy."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: dict[tuple[str, str], tuple[Standing, int, float]] = {}

    def take(self, policy: Policy, who: str) -> Standing | None:
        """One that was counted ahead; None when there is none."""
        with self._lock:
            standing, left, until_s = self._left.get((policy.name, who), (None, 0, 0.0))
            if standing is None or not left or time.monotonic() > until_s:
                return None
            self._left[policy.name, who] = (standing, left - 1, until_s)
            return replace(standing, remaining=standing.remaining + left - 1)

    def keep(self, who: str, standing: Standing, calls: int) -> None:
        """Keep so many calls that were counted; `standing` is as it will be when all of them were made."""
        with self._lock:
            if len(self._left) >= MOST_CALLERS:
                self._left.clear()
            self._left[standing.policy.name, who] = (standing, calls, time.monotonic() + standing.policy.window_s)


def block_of(policy: Policy) -> int:
    """How many calls of a policy are counted at once; 1 where few are allowed, as by default."""
    return max(1, policy.amount // SHARE)
