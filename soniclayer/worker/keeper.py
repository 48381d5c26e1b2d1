"""One thread that keeps what must not lapse: leases in hand, the report that this worker lives, what was put off."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from soniclayer import log
from soniclayer.courier.connection import courier_errors
from soniclayer.courier.leases import RENEW_S
from soniclayer.courier.workers import Doing
from soniclayer.errors import CourierAway

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from soniclayer.courier.courier import Courier
    from soniclayer.courier.message import StepMessage
    from soniclayer.courier.workers import WorkerReport
    from soniclayer.worker.broker import WorkerBroker
    from soniclayer.worker.pulse import Pulse

_LOG = logging.getLogger(__name__)

TICK_S = 0.5
"""What was put off is released with this delay at most."""

KEEPER_BEAT_S = 60.0
"""Redis' answers are waited for 5 s each; a keeper that has not come round for so long hangs."""


class Keeper:
    """Sees first whether Redis answers, and tells it to the log.

    Args:
        courier: Redis.
        broker: the worker's; is kept alive in Redis, and woken when something was put into a queue.
        report: how this worker is now.
        lost: is called when Redis was away or has lost its data: what is queued may be incomplete.
        pulse: where the thread beats.

    `seen` is set when Redis has answered for the first time; `shares` tells how much of each recording in hand is done.
    """

    def __init__(
        self,
        courier: Courier,
        broker: WorkerBroker,
        report: Callable[[], WorkerReport],
        lost: Callable[[], None],
        pulse: Pulse,
    ) -> None:
        self._courier = courier
        self._broker = broker
        self._report = report
        self._lost = lost
        self._pulse = pulse
        self._held: dict[str, tuple[StepMessage, float]] = {}
        self._changing = threading.Lock()
        self._telling = threading.Lock()
        self._stopping = threading.Event()
        self._away_since: float | None = None
        self._renewed_at = 0.0
        self.seen = threading.Event()
        self.shares: Mapping[str, float] = {}
        self.thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    @contextmanager
    def hold(self, message: StepMessage) -> Iterator[None]:
        """Keep the lease of a message alive, and report the step, as long as the context lasts."""
        with self._changing:
            self._held[message.key] = (message, time.time())
        try:
            yield
        finally:
            with self._changing:
                del self._held[message.key]

    @property
    def doing(self) -> tuple[Doing, ...]:
        """The steps in hand, the oldest first."""
        with self._changing:
            held = sorted(self._held.values(), key=lambda one: one[1])
        return tuple(Doing(message.step.audio_id, message.step.name, since) for message, since in held)

    def tell(self) -> None:
        """Report now; while Redis is away nothing."""
        with suppress(CourierAway):
            self._tell()

    @property
    def away(self) -> bool:
        """Whether Redis does not answer."""
        return self._away_since is not None

    def stop(self) -> None:
        """End the thread, let others have what is held still, and sign off."""
        self._stopping.set()
        if self.thread.is_alive():
            self.thread.join(timeout=KEEPER_BEAT_S)
        try:
            for message in self._messages():
                self._courier.leases.give_back(message)
            self._courier.workers.sign_off(self._report())
        except CourierAway:
            _LOG.debug("Redis is away: the report lapses by itself")

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._pulse.expect("keeper", KEEPER_BEAT_S)
            try:
                self._tick()
            except CourierAway as error:
                self._note_away(error)
            except Exception:  # noqa: BLE001 - it is told, and leases must be kept
                _LOG.exception("a fault in the keeper itself")
            self._stopping.wait(TICK_S)

    def _tick(self) -> None:
        """Leases first: they lapse first. While Redis takes no writes all is tried again: reading shows nothing."""
        now = time.monotonic()
        if now - self._renewed_at > RENEW_S - TICK_S / 2:
            self._courier.leases.renew(self._messages())
            with courier_errors():
                self._broker.stay_alive()
            self._tell()
            self.shares = self._courier.progress.shares({(one.step.audio_id, one.run) for one in self._messages()})
            if not self._courier.has_epoch():
                self._lost()
            self._renewed_at = now
        if self._courier.queue.release_due():
            self._broker.wake()
        self._note_here()  # at the end: only now Redis has answered

    def _tell(self) -> None:
        with self._telling:  # an older report must not come after a newer one
            self._courier.workers.report(self._report())

    def _messages(self) -> list[StepMessage]:
        with self._changing:
            return [message for message, _ in self._held.values()]

    def _note_away(self, error: CourierAway) -> None:
        if self._away_since is None:
            self._away_since = time.monotonic()
            log.event(_LOG, "Redis is away", logging.WARNING, error=error, code=error.code)

    def _note_here(self) -> None:
        if self._away_since is not None:
            log.event(_LOG, "Redis is back", away_s=round(time.monotonic() - self._away_since, 1))
            self._away_since = None
            self._lost()
        self.seen.set()
