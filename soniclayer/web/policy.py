"""What is allowed, and how somebody stands."""

from __future__ import annotations

import math
from dataclasses import dataclass

from limits import RateLimitItemPerSecond


@dataclass(frozen=True)
class Policy:
    """At most `amount` within `window_s` seconds, as a sliding window counter estimates it (see `limits`)."""

    name: str
    amount: int
    window_s: int

    @property
    def item(self) -> RateLimitItemPerSecond:
        """As the library takes it."""
        return RateLimitItemPerSecond(self.amount, self.window_s, self.name)


@dataclass(frozen=True)
class Standing:
    """What is left of a policy: `remaining` calls; some more in `reset_s` seconds."""

    policy: Policy
    allowed: bool
    remaining: int
    reset_s: int


def request_policy(per_second: int, burst: int) -> Policy:
    """One window that allows `burst` at once, and in the long run `per_second` or, where that does not divide, less."""
    return Policy("requests", max(burst, per_second), max(1, math.ceil(burst / per_second)))
