"""How often somebody may call: counted in Redis for all processes together, in memory while Redis is away."""

from __future__ import annotations

import logging
import math
import threading
import time
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from soniclayer import log
from soniclayer.courier.connection import PREFIX, connect, courier_errors
from soniclayer.errors import CourierAway, CourierFull
from soniclayer.web.ahead import Ahead, block_of
from soniclayer.web.policy import Policy, Standing, request_policy
from soniclayer.web.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soniclayer.settings import Settings

ANSWER_S = 0.25
"""Nobody waits longer for Redis to count a request."""

AWAY_S = 5.0
"""After a failure Redis is not asked for so long."""

MINUTE_S = 60
AUDIO_TIMES = 5
"""So much more often than for anything else one may ask for audio: a player that is sent to another place asks for some
ranges. 40 jumps within 3 s through an hour of FLAC took 51 calls in Chromium."""

_LOG = logging.getLogger(__name__)

_FORGET = b"""
if redis.call('pttl', KEYS[2]) > 2000 * ARGV[%d] then redis.call('del', KEYS[1], KEYS[2]) end
"""


class SharedCounts(RedisStorage):
    """Counts windows in Redis; one that is to last longer than any can is forgotten: the clock of Redis was set back.

    Else it would last until the clock has come round, and nobody could call who had done so just before.
    """

    SCRIPT_ACQUIRE_SLIDING_WINDOW = _FORGET % 2 + RedisStorage.SCRIPT_ACQUIRE_SLIDING_WINDOW
    SCRIPT_SLIDING_WINDOW = _FORGET % 1 + RedisStorage.SCRIPT_SLIDING_WINDOW


class Limits:
    """Counts by the name of a key, or by an address. Blocks for ANSWER_S at most; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        password = settings.redis_password.get_secret_value() if settings.redis_password else None
        self._client = connect(settings.redis_url, password, answer_s=ANSWER_S)
        pool = self._client.connection_pool
        self._shared = SlidingWindowCounterRateLimiter(SharedCounts("redis://", pool, key_prefix=f"{PREFIX}limits"))
        self._ahead = Ahead()
        self._lock = threading.Lock()
        self._away_until_s = 0.0
        self.requests = request_policy(settings.requests_per_second, settings.requests_burst)
        self.audio = replace(self.requests, name="audio", amount=AUDIO_TIMES * self.requests.amount)
        self.uploads = Policy("uploads", settings.uploads_per_minute, MINUTE_S)

    @property
    def redis_is_away(self) -> bool:
        """Whether Redis has just failed to answer."""
        return time.monotonic() < self._away_until_s

    def count(self, policy: Policy, who: str) -> Standing:
        """Count one call of somebody, if it is allowed."""
        if not self.redis_is_away:
            try:
                with courier_errors():
                    return self._ahead.take(policy, who) or self._count_shared(policy, who)
            except CourierFull:
                pass  # it answers, and will say so again: `fullness` must hear it
            except CourierAway as error:
                self._note_away(error)
        with self._lock:
            return _count(self._alone, policy, who)

    def close(self) -> None:
        """Close the connections."""
        self._client.connection_pool.disconnect()

    def _count_shared(self, policy: Policy, who: str) -> Standing:
        """Count one call and, where many are allowed, some ahead; only the one where so many are not left."""
        calls = block_of(policy)
        standing = _count(self._shared, policy, who, calls)
        if calls == 1:
            return standing
        if not standing.allowed:
            return _count(self._shared, policy, who)
        self._ahead.keep(who, standing, calls - 1)
        return replace(standing, remaining=standing.remaining + calls - 1)

    @cached_property
    def _alone(self) -> SlidingWindowCounterRateLimiter:
        """Made when Redis is away first: it has a thread."""
        return SlidingWindowCounterRateLimiter(MemoryStorage())

    def _note_away(self, error: CourierAway) -> None:
        if not self.redis_is_away:
            log.event(_LOG, "limits are counted in memory", logging.WARNING, error=error, seconds=AWAY_S)
        self._away_until_s = time.monotonic() + AWAY_S


def limit_headers(standings: Sequence[Standing]) -> dict[str, str]:
    """RateLimit and RateLimit-Policy as in draft-ietf-httpapi-ratelimit-headers-10."""
    if not standings:
        return {}
    return {
        "RateLimit-Policy": ", ".join(
            f'"{at.policy.name}";q={at.policy.amount};w={at.policy.window_s}' for at in standings
        ),
        "RateLimit": ", ".join(f'"{at.policy.name}";r={at.remaining};t={at.reset_s}' for at in standings),
    }


def refuse_excess(standing: Standing) -> None:
    """Refuse what was not allowed.

    Raises:
        Problem: `too_many_requests`, with Retry-After.
    """
    if not standing.allowed:
        policy = standing.policy
        raise Problem(
            "too_many_requests",
            f"{policy.amount} {policy.name} within {policy.window_s} s are allowed; try again in {standing.reset_s} s",
            {"Retry-After": str(standing.reset_s)},
        )


def _count(limiter: SlidingWindowCounterRateLimiter, policy: Policy, who: str, calls: int = 1) -> Standing:
    allowed = limiter.hit(policy.item, who, cost=calls)
    stats = limiter.get_window_stats(policy.item, who)
    reset_s = max(1, math.ceil(stats.reset_time - time.time()))
    return Standing(policy, allowed, max(0, stats.remaining) if allowed else 0, min(reset_s, policy.window_s))
