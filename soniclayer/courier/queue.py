"""The queues: puts steps in, each once, and tells what waits."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import dramatiq

from soniclayer.courier.broker import NAMESPACE
from soniclayer.courier.connection import PREFIX, courier_errors
from soniclayer.courier.message import QUEUES, StepMessage, parse_ticket

if TYPE_CHECKING:
    import redis

_LOG = logging.getLogger(__name__)

MARKER_S = 7 * 86_400
LATER = f"{PREFIX}later"
_REQUESTS = f"{PREFIX}later:requests"
_RELEASED_AT_ONCE = 1000
_LONGEST_S = 600.0
"""Nothing is put off for so long: what has that much time left was put off before the clock was set back."""

# What dramatiq's own `enqueue` does, together with the marker: between the two there is nothing to die in.
_ENQUEUE = """
local function enqueue(marker, list, letters, id, letter, marker_s)
  redis.call('set', marker, id, 'ex', marker_s)
  redis.call('hset', letters, id, letter)
  redis.call('rpush', list, id)
end
"""
_PUT = f"""{_ENQUEUE}
if redis.call('zscore', KEYS[4], ARGV[4]) then return 0 end
local out = redis.call('get', KEYS[1])
if out and redis.call('hexists', KEYS[3], out) == 1 then return 0 end
enqueue(KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2], ARGV[3])
return 1
"""
_RELEASE = f"""{_ENQUEUE}
if redis.call('zrem', KEYS[4], ARGV[4]) == 0 then return 0 end
redis.call('hdel', KEYS[5], ARGV[4])
enqueue(KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2], ARGV[3])
return 1
"""
_PUT_OFF = """
local now = redis.call('time')
redis.call('zadd', KEYS[1], now[1] + now[2] / 1000000 + ARGV[2], ARGV[1])
if ARGV[3] ~= '' then redis.call('hset', KEYS[2], ARGV[1], ARGV[3]) end
"""
_DUE = """
local now = redis.call('time')
now = now[1] + now[2] / 1000000
local due = redis.call('zrangebyscore', KEYS[1], '-inf', now, 'limit', 0, ARGV[1])
if #due == 0 then due = redis.call('zrangebyscore', KEYS[1], now + ARGV[2], '+inf', 'limit', 0, ARGV[1]) end
local found = {}
for _, key in ipairs(due) do
  found[#found + 1] = key
  found[#found + 1] = redis.call('hget', KEYS[2], key) or ''
end
return found
"""


@dataclass(frozen=True)
class QueueDepth:
    """How much waits in a queue, how much of it is being worked on, and for how long its first has waited."""

    queue: str
    waiting: int
    running: int
    oldest_age_s: float | None


class Queue:
    """Puts each step in once: a marker holds the id of its letter.

    While that letter is out, or the step is put off, the step is not put in again.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._put = client.register_script(_PUT)
        self._release = client.register_script(_RELEASE)
        self._put_off = client.register_script(_PUT_OFF)
        self._due = client.register_script(_DUE)

    def put(self, message: StepMessage) -> bool:
        """Put a step into its queue. False when it is in one, being worked on, or put off already."""
        keys, args = self._enqueued(message)
        with courier_errors():
            return bool(self._put(keys=keys, args=args))

    def forget(self, message: StepMessage) -> None:
        """Say that a step's message has been dealt with: it may be put in again from now on."""
        with courier_errors(), self._client.pipeline() as pipeline:
            pipeline.delete(_marker(message.ticket))
            pipeline.zrem(LATER, message.ticket)
            pipeline.hdel(_REQUESTS, message.ticket)
            pipeline.execute()

    def put_off(self, message: StepMessage, delay_s: float) -> None:
        """Have a step put in again after a while, by `release_due` of whichever worker comes first."""
        with courier_errors():
            self._put_off(keys=[LATER, _REQUESTS], args=[message.ticket, delay_s, message.request_id or ""])

    def release_due(self) -> int:
        """Put in what was put off until now, each once however many do it; how many those were."""
        with courier_errors():
            found = self._due(keys=[LATER, _REQUESTS], args=[_RELEASED_AT_ONCE, _LONGEST_S])
            return sum(self._release_one(*one) for one in zip(found[::2], found[1::2], strict=True))

    def depths(self) -> list[QueueDepth]:
        """Every queue, in the order of QUEUES."""
        with courier_errors():
            with self._client.pipeline(transaction=False) as pipeline:
                for queue in QUEUES:
                    pipeline.llen(_list(queue))
                    pipeline.hlen(_letters(queue))
                    pipeline.lindex(_list(queue), 0)
                facts = pipeline.execute()
            with self._client.pipeline(transaction=False) as pipeline:
                for queue, first in zip(QUEUES, facts[2::3], strict=True):
                    pipeline.hget(_letters(queue), first or "")
                firsts = pipeline.execute()
        columns = zip(QUEUES, facts[0::3], facts[1::3], firsts, strict=True)
        return [QueueDepth(queue, waits, max(0, out - waits), _age_s(first)) for queue, waits, out, first in columns]

    def put_off_count(self) -> int:
        """How many steps wait for their time."""
        with courier_errors():
            return int(self._client.zcard(LATER))

    def _release_one(self, ticket: str, request_id: str) -> bool:
        try:
            message = replace(parse_ticket(ticket), request_id=request_id or None)
        except ValueError as error:
            _LOG.warning("dropped from what was put off: %s", error)
            self._client.zrem(LATER, ticket)
            return False
        keys, args = self._enqueued(message)
        return bool(self._release(keys=[*keys, _REQUESTS], args=args))

    def _enqueued(self, message: StepMessage) -> tuple[list[str], list[str | int | bytes]]:
        """Keys and arguments of the scripts that enqueue."""
        letter = self._letter(message)
        keys = [_marker(message.ticket), _list(message.queue), _letters(message.queue), LATER]
        return keys, [str(letter.options["redis_message_id"]), letter.encode(), MARKER_S, message.ticket]

    def _letter(self, message: StepMessage) -> dramatiq.Message[Any]:
        """The message as dramatiq carries it: the actor is named after the stage, the queue is `message.queue`."""
        step = message.step
        args = (step.audio_id, message.run, step.window, step.persona, message.request_id)
        letter: dramatiq.Message[Any] = dramatiq.Message(
            queue_name=message.queue,
            actor_name=step.stage,
            args=(*args, True) if message.again else args,  # an actor of an older version takes five
            kwargs={},
            options={},
        )
        return letter.copy(options={"redis_message_id": letter.message_id})


def _age_s(letter: str | None) -> float | None:
    if not letter:
        return None
    try:
        sent_ms = dramatiq.Message.decode(letter.encode()).message_timestamp
    except dramatiq.DecodeError:
        return None
    return max(0.0, time.time() - sent_ms / 1000)


def _marker(ticket: str) -> str:
    return f"{PREFIX}queued:{ticket}"


def _list(queue: str) -> str:
    return f"{NAMESPACE}:{queue}"


def _letters(queue: str) -> str:
    return f"{NAMESPACE}:{queue}.msgs"
