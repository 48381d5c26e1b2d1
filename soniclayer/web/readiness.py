"""What it takes to work off an upload, checked: Redis, the store, the disk, the workers, the queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.courier.message import AGAIN, NEEDED_QUEUES
from soniclayer.errors import CourierAway, StoreError
from soniclayer.web.answers import Check, Readiness

if TYPE_CHECKING:
    from soniclayer.web.services import Services

OLDEST_S = 3600.0
"""A message that has waited for longer means that there are too few workers, or that one is stuck."""


def readiness(services: Services) -> Readiness:
    """Every check. Blocks, for five seconds where Redis hangs."""
    checks = (*_redis(services), _store(services), _disk(services))
    return Readiness(all(check.ok for check in checks), checks)


def _redis(services: Services) -> tuple[Check, ...]:
    """Redis, and what only Redis knows; of that nothing while it is away."""
    try:
        return Check("redis", ok=True, detail="answers"), *_workers(services), _oldest_message(services)
    except CourierAway:
        return (Check("redis", ok=False, detail="does not answer"),)


def _workers(services: Services) -> list[Check]:
    """One per queue that needs it: somebody who is ready takes from it."""
    alive = [worker for worker in services.courier.workers.alive() if worker.ready and not worker.stopping]
    served = {queue for worker in alive for queue in worker.queues}
    return [
        Check(f"worker.{queue}", ok=queue in served, detail="works" if queue in served else "nobody takes from it")
        for queue in NEEDED_QUEUES
    ]


def _oldest_message(services: Services) -> Check:
    depths = (depth for depth in services.courier.queue.depths() if depth.queue != AGAIN)
    oldest_s = max((depth.oldest_age_s or 0.0 for depth in depths), default=0.0)
    return Check("oldest_message", ok=oldest_s <= OLDEST_S, detail=f"has waited for {oldest_s:.0f} s")


def _store(services: Services) -> Check:
    try:
        with services.recordings.receive() as incoming:
            incoming.write(b".")
    except StoreError:
        return Check("store", ok=False, detail="cannot be written")
    return Check("store", ok=True, detail="can be written")


def _disk(services: Services) -> Check:
    try:
        services.fullness.check_disk()
    except (StoreError, OSError):
        return Check("disk", ok=False, detail="is nearly full, or cannot be looked at")
    return Check("disk", ok=True, detail="has room")
