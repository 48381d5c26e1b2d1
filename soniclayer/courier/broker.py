"""The dramatiq broker: what web and worker agree on. Nobody but `courier.queue` and `worker` touches it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dramatiq.brokers.redis import RedisBroker

from soniclayer.courier.message import QUEUES

if TYPE_CHECKING:
    import dramatiq
    import redis

HEARTBEAT_TIMEOUT_MS = 10_000
"""A worker silent for so long is dead, and its messages go back into their queues (10.6 s where measured)."""

NAMESPACE = "dramatiq"


class StepBroker(RedisBroker):
    """Knows our queues, and no delay queues.

    What is to be done later waits in `courier.queue`: in Redis, and not in the memory of one worker. Without dramatiq's
    middleware: attempts, deadlines and retries are `jobs.perform`'s.
    """

    def __init__(self, client: redis.Redis) -> None:
        super().__init__(  # type: ignore[no-untyped-call]  # dramatiq's has no types
            client=client,
            middleware=[],
            namespace=NAMESPACE,
            maintenance_chance=1_000_000,
            heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
        )
        for queue in QUEUES:
            self.declare_queue(queue)

    def declare_queue(self, queue_name: str) -> None:
        """Declare a queue without the delay queue that dramatiq gives it."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def enqueue(self, message: dramatiq.Message[Any], *, delay: int | None = None) -> dramatiq.Message[Any]:
        """See RedisBroker; `delay` is not known here."""
        if delay is not None:
            raise ValueError("no delay queues: see courier.queue.Queue.put_off")
        return super().enqueue(message)
