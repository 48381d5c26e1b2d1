"""Everything of Redis in one hand."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from soniclayer.courier.attempts import Attempts
from soniclayer.courier.breakers import Breakers
from soniclayer.courier.changes import Changes
from soniclayer.courier.connection import PREFIX, courier_errors
from soniclayer.courier.events import Events
from soniclayer.courier.index import Index
from soniclayer.courier.lapse import HOLDS
from soniclayer.courier.leases import Leases
from soniclayer.courier.progress import ProgressBook
from soniclayer.courier.queue import Queue
from soniclayer.courier.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Mapping

    import redis

    from soniclayer.courier.broker import StepBroker

EPOCH = f"{PREFIX}epoch"
RECONCILING = f"{PREFIX}reconciling"
_RECONCILED = f"{PREFIX}reconciled"
FAULTS = f"{PREFIX}reconciled:faults"
_BEGUN = f"{PREFIX}epoch:begun"
RECONCILE_EVERY_S = 60.0
"""So often it is done, however many workers there are."""

RECONCILE_S = 30.0
"""So long after it was last heard of, somebody else may reconcile: it died, and another does it all again."""

_TAKE = f"""{HOLDS}
if ARGV[3] == '1' and holds(KEYS[3], ARGV[4]) then return 0 end
if redis.call('get', KEYS[1]) ~= ARGV[1] and holds(KEYS[1], ARGV[2]) then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
redis.call('sadd', KEYS[2], ARGV[1])
return 1
"""
_BEGIN_EPOCH = """
if redis.call('sismember', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'nx')
redis.call('del', KEYS[2])
return 1
"""
_KEEP = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0"
_GIVE_BACK = """
redis.call('srem', KEYS[2], ARGV[1])
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('del', KEYS[1])
"""


@dataclass(frozen=True)
class Memory:
    """What Redis holds, in bytes; `limit_bytes` is 0 without a limit."""

    used_bytes: int
    limit_bytes: int


def read_faults(client: redis.Redis) -> dict[str, str]:
    """See Courier.faults."""
    return cast("dict[str, str]", client.hgetall(FAULTS))


class Courier:
    """Connects when first used; safe to share between threads."""

    def __init__(self, client: redis.Redis, broker: StepBroker) -> None:
        self.client = client
        self.token = secrets.token_hex(8)
        self.broker = broker
        self.queue = Queue(client)
        self.leases = Leases(client, self.token)
        self.attempts = Attempts(client)
        self.changes = Changes(client)
        self.progress = ProgressBook(client)
        self.events = Events(client)
        self.index = Index(client)
        self.workers = Workers(client)
        self.breakers = Breakers(client)
        self._take = client.register_script(_TAKE)
        self._begin_epoch = client.register_script(_BEGIN_EPOCH)
        self._keep = client.register_script(_KEEP)
        self._give_back = client.register_script(_GIVE_BACK)

    def ping(self) -> None:
        """Raises CourierAway when Redis does not answer, or cannot write."""
        with courier_errors():
            self.client.ping()

    def memory(self) -> Memory:
        """How full Redis is."""
        with courier_errors():
            facts = self.client.info("memory")
        return Memory(int(facts["used_memory"]), int(facts["maxmemory"]))

    def has_epoch(self) -> bool:
        """Whether Redis still holds what was put there; False after its data were lost, or at the very start."""
        with courier_errors():
            return bool(self.client.exists(EPOCH))

    def begin_epoch(self) -> bool:
        """Say that everything has been put there again, since `take_reconciling`.

        False, and nothing is said, when Redis has lost its data meanwhile: a part of it is gone again.
        """
        with courier_errors():
            return bool(self._begin_epoch(keys=[EPOCH, _BEGUN], args=[self.token]))

    def take_reconciling(self, *, only_when_due: bool = False) -> bool:
        """The right to reconcile: one process at a time. False when another does. Lapses unless it is kept.

        With `only_when_due` also False when it was done within the last RECONCILE_EVERY_S.
        """
        keys = [RECONCILING, _BEGUN, _RECONCILED]
        times = [round(RECONCILE_S * 1000), int(only_when_due), round(RECONCILE_EVERY_S * 1000)]
        with courier_errors():
            return bool(self._take(keys=keys, args=[self.token, *times]))

    def keep_reconciling(self) -> bool:
        """To be called every few seconds while reconciling. False when the right has lapsed or Redis lost its data."""
        with courier_errors():
            return bool(self._keep(keys=[RECONCILING], args=[self.token, round(RECONCILE_S * 1000)]))

    def note_reconciled(self, faults: Mapping[str, str] | None = None) -> None:
        """Say that it was done, to the end, and which recordings could not be read, and why, by their ids."""
        with courier_errors(), self.client.pipeline() as pipeline:
            pipeline.set(_RECONCILED, self.token, px=round(RECONCILE_EVERY_S * 1000))
            pipeline.delete(FAULTS)
            if faults:
                pipeline.hset(FAULTS, mapping=dict(faults))  # type: ignore[arg-type]  # of words
            pipeline.execute()

    def faults(self) -> dict[str, str]:
        """What could not be read when it was last done to the end, and why: ids of recordings, `the store`."""
        with courier_errors():
            return read_faults(self.client)

    def reconcile_due_s(self) -> float:
        """The time until it is due again, in seconds; 0 when it is."""
        with courier_errors():
            return min(max(0, int(self.client.pttl(_RECONCILED))) / 1000, RECONCILE_EVERY_S)

    def give_back_reconciling(self) -> None:
        """Let others reconcile."""
        with courier_errors():
            self._give_back(keys=[RECONCILING, _BEGUN], args=[self.token])
