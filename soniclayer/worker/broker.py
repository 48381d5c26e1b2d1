"""The worker's side of the queues: consumers that go through a gate, and no letter lost that Redis has handed out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import redis
from dramatiq import Middleware
from dramatiq.common import current_millis
from dramatiq.errors import ConnectionClosed

from soniclayer.courier.broker import HEARTBEAT_TIMEOUT_MS, NAMESPACE, StepBroker
from soniclayer.worker.consumer import GatedConsumer, id_of
from soniclayer.worker.hand import Hand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dramatiq import Broker

    from soniclayer.worker.gate import Gate
    from soniclayer.worker.pulse import Pulse

_HEARTBEATS = f"{NAMESPACE}:__heartbeats__"
_BRING_BACK = """
local now, most_ms = tonumber(ARGV[1]), tonumber(ARGV[2])
for _, worker in ipairs(redis.call('zrangebyscore', KEYS[1], now + most_ms, '+inf')) do
  redis.call('zadd', KEYS[1], now, worker)
end
"""
"""Heartbeats from the future are older than a clock that was set back: the dead would be missed, and their letters go
back, only when it has come round again. From now on their time runs."""


class WorkerBroker(StepBroker):
    """Gives consumers that fetch only through a gate. Set `gates` before the first of them is made."""

    def __init__(self, client: redis.Redis, pulse: Pulse) -> None:
        super().__init__(client)
        self.add_middleware(RaisedGoesBack())
        self.gates: Sequence[Gate] = ()
        self.hand = Hand()
        self.pulse = pulse
        self._bring_back = client.register_script(_BRING_BACK)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> GatedConsumer:
        """The consumer of a queue. The first of a gate fetches for all its queues: one thread asks them in order."""
        del prefetch, timeout  # both are the gate's
        return GatedConsumer(self, queue_name, self._gate_of(queue_name))

    def filled(self, queues: Sequence[str]) -> list[str]:
        """Those queues that have something: one question, where to fetch would be one for each.

        Raises:
            redis.RedisError: Redis does not answer.
        """
        with self.client.pipeline(transaction=False) as pipeline:
            for queue in queues:
                pipeline.llen(f"{NAMESPACE}:{queue}")
            return [queue for queue, length in zip(queues, pipeline.execute(), strict=True) if length]

    def settle(self, command: str, queue: str, letter_id: str) -> None:
        """Be done with a letter, by `ack`, `nack` or `requeue`; then its slot is free.

        Raises:
            ConnectionClosed: Redis does not do it now. Dramatiq tries again until it does.
        """
        try:
            getattr(self, f"do_{command}")(queue, letter_id)
        except redis.RedisError as error:  # dramatiq's own knows no timeout, and no Redis that answers with an error
            raise ConnectionClosed(error) from None  # type: ignore[no-untyped-call]  # dramatiq's has no types
        if self.hand.drop(letter_id):
            self._gate_of(queue).release()
            self.wake()  # what was done has mostly put something into a queue

    def put_back_lost(self, queue: str) -> None:
        """Put back what Redis has handed out to this process and nobody here has: the answer to a fetch was lost.

        For the thread that fetches from `queue`, so that nothing is on its way.
        """
        fetched = self.client.smembers(f"{NAMESPACE}:__acks__.{self.broker_id}.{queue}")
        lost = {_text(letter_id) for letter_id in fetched} - self.hand.of(queue)
        if lost:
            self.do_requeue(queue, *sorted(lost))

    def put_back_all(self) -> None:
        """At the very end: put back everything that is still in hand.

        Raises:
            redis.RedisError: Redis does not do it now; others take it over when they miss this worker.
        """
        for queue in sorted(self.queues):
            if held := self.hand.of(queue):
                self.do_requeue(queue, *sorted(held))

    def stay_alive(self) -> None:
        """Say that this process lives, and put back what those had in hand who have not said so for long.

        A process that is busy fetches nothing, and others would take its letters for lost.

        Raises:
            redis.RedisError: Redis does not answer.
        """
        self._bring_back(keys=[_HEARTBEATS], args=[current_millis(), HEARTBEAT_TIMEOUT_MS])
        for gate in self.gates:
            for queue in gate.queues:
                self.do_fetch(queue, 0)  # dramatiq does both at any command, for the queue that it names

    def wake(self) -> None:
        """Have all queues looked at now."""
        for gate in self.gates:
            gate.wake()

    def close_gates(self) -> None:
        """Fetch nothing more."""
        for gate in self.gates:
            gate.close()

    def _gate_of(self, queue: str) -> Gate:
        return next(gate for gate in self.gates if queue in gate.queues)


class RaisedGoesBack(Middleware):
    """What becomes of a letter whose actor raised; dramatiq itself would ack it.

    An error of `throws` sends it back into its queue. Anything else, as of a letter that another version wrote, throws
    it away: it would go round for ever. If it is a step, the next reconcile puts it in again.
    """

    @property
    def actor_options(self) -> set[str]:
        """`throws`: errors that dramatiq shall not log as unexpected."""
        return {"throws"}

    def after_process_message(
        self, broker: Broker, message: Any, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """See Middleware."""
        del result
        if exception is None or not isinstance(broker, WorkerBroker):
            return
        if isinstance(exception, broker.get_actor(message.actor_name).options["throws"]):
            broker.hand.send_back(id_of(message))
        else:
            message.fail()


def _text(letter_id: bytes | str) -> str:
    return letter_id.decode() if isinstance(letter_id, bytes) else letter_id
