"""Leases: one step runs in one place. A lost lease costs double work, never a wrong result."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from soniclayer.courier.connection import PREFIX, courier_errors
from soniclayer.courier.lapse import HOLDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import redis

    from soniclayer.courier.message import StepMessage

LEASE_S = 8.0
RENEW_S = 2.0
"""Renewed so often, a lease survives three lost renewals, and a dead holder's step starts again 8 s later."""

_TAKE = f"""{HOLDS}
if redis.call('get', KEYS[1]) ~= ARGV[1] and holds(KEYS[1], ARGV[2]) then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
return 1
"""
_GIVE_BACK = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class Leases:
    """`token` names the holding process: another, and another start of the same one, has another.

    Within the process too a lease has one holder. Safe to share between threads.
    """

    def __init__(self, client: redis.Redis, token: str) -> None:
        self._client = client
        self._token = token
        self._lock = Lock()
        self._held: set[str] = set()
        self._take = client.register_script(_TAKE)
        self._give_back = client.register_script(_GIVE_BACK)

    def take(self, message: StepMessage) -> bool:
        """Take the lease of a step. False when somebody else holds it, also in this process.

        When it raises CourierAway the lease may have been taken: until it lapses this process alone can take it.
        """
        with self._lock, courier_errors():
            if message.key in self._held or not self._take_or_renew(message):
                return False
            self._held.add(message.key)
            return True

    def renew(self, messages: Iterable[StepMessage]) -> None:
        """Hold on to leases.

        One that was lost is taken again unless somebody else was quicker; one that was given back meanwhile stays so.
        """
        for message in messages:
            with self._lock, courier_errors():
                if message.key in self._held:
                    self._take_or_renew(message)

    def give_back(self, message: StepMessage) -> None:
        """Let others take it; somebody else's lease stays."""
        with self._lock, courier_errors():
            self._held.discard(message.key)
            self._give_back(keys=[_lease(message.key)], args=[self._token])

    def _take_or_renew(self, message: StepMessage) -> bool:
        return bool(self._take(keys=[_lease(message.key)], args=[self._token, _ms(LEASE_S)]))


def _lease(key: str) -> str:
    return f"{PREFIX}lease:{key}"


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
