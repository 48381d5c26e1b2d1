"""How a worker ends: what is in hand is finished within the grace time, or given back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import redis

if TYPE_CHECKING:
    from collections.abc import Callable

    import dramatiq

    from soniclayer.jobs.judge import Judge
    from soniclayer.worker.broker import WorkerBroker
    from soniclayer.worker.engine import WarmEngine

GIVING_BACK_S = 3.0
"""Time for a step whose engine or judge was stopped to put its message back; Redis may be away."""

THREADS_MS = 2000
LOOK_S = 0.05


def drain(  # noqa: PLR0913, PLR0917 - all that has to end
    broker: WorkerBroker,
    worker: dramatiq.Worker,
    engine: WarmEngine,
    judge: Judge | None,
    grace_s: float,
    meanwhile: Callable[[], None],
) -> int:
    """Fetch nothing more, and end; the number of steps that were not finished in time, and given back.

    `prepare`, which may take minutes, is given back after the window it is at.

    Args:
        broker: its gates are closed.
        worker: its threads are ended.
        engine: is stopped, with its step when that lasts longer than the grace time.
        judge: the same.
        grace_s: time for the steps in hand, in seconds.
        meanwhile: is called while they are waited for.
    """
    broker.close_gates()
    engine.child.leave()
    _wait_for_empty_hand(broker, grace_s, meanwhile)
    left = len(broker.hand)
    engine.stop()
    if judge:
        judge.stop()
    if left:
        _wait_for_empty_hand(broker, GIVING_BACK_S, meanwhile)
    worker.stop(timeout=THREADS_MS)
    try:
        broker.put_back_all()
    except redis.RedisError:
        broker.logger.warning("Redis is away: other workers take over what is in hand when they miss this one")
    return left


def _wait_for_empty_hand(broker: WorkerBroker, seconds: float, meanwhile: Callable[[], None]) -> None:
    end = time.monotonic() + seconds
    while len(broker.hand) and time.monotonic() < end:
        meanwhile()
        time.sleep(LOOK_S)
