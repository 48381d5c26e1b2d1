"""Reconciles at start, when something may have been lost, and every minute unless another worker has.

In a thread of its own: it may take long.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from soniclayer import log
from soniclayer.courier.courier import RECONCILE_EVERY_S
from soniclayer.errors import CourierAway, StoreError
from soniclayer.jobs.reconcile import reconcile

if TYPE_CHECKING:
    from collections.abc import Callable

    from soniclayer.courier.courier import Courier
    from soniclayer.storage.recordings import Recordings

_LOG = logging.getLogger(__name__)

STOP_S = 2.0
"""It looks whether to stop before each recording."""

LEAST_S = 1.0
"""Not more often, however often it is asked for: while somebody else is at it, say."""


class Reconciler:
    """Calls `jobs.reconcile`; `done` is called after each time.

    `asks`: see `jobs.reconcile`.
    """

    def __init__(
        self, recordings: Recordings, courier: Courier, done: Callable[[], None], *, asks: bool = True
    ) -> None:
        self._recordings = recordings
        self._courier = courier
        self._done = done
        self._asks = asks
        self._wanted = threading.Event()
        self._stopped = threading.Event()
        self._told: frozenset[str] = frozenset()
        self.thread = threading.Thread(target=self._run, name="reconcile", daemon=True)

    def soon(self) -> None:
        """Do it now, or once more when it is being done."""
        self._wanted.set()

    def stop(self) -> None:
        """End it, soon: others may want to."""
        self._stopped.set()
        self._wanted.set()
        if self.thread.is_alive():
            self.thread.join(STOP_S)

    def _run(self) -> None:
        self._wanted.set()
        while not self._stopped.is_set():
            only_when_due, wait_s = not self._wanted.is_set(), RECONCILE_EVERY_S
            self._wanted.clear()
            try:
                self._reconcile(only_when_due=only_when_due)
                wait_s = self._courier.reconcile_due_s()
            except CourierAway:
                _LOG.debug("Redis is away: the keeper asks again when it is back")
            except StoreError as error:
                log.event(_LOG, "could not reconcile", logging.ERROR, error=error, code=error.code)
            except Exception:  # noqa: BLE001 - it is told, and the next time may do
                _LOG.exception("a fault in reconcile itself")
            self._stopped.wait(LEAST_S)
            self._wanted.wait(wait_s)

    def _reconcile(self, *, only_when_due: bool) -> None:
        started_s = time.monotonic()
        done = reconcile(
            self._recordings,
            self._courier,
            only_when_due=only_when_due,
            asks=self._asks,
            stopped=self._stopped.is_set,
        )
        if done is None:
            return
        self._done()
        for fault in done.faults:
            if fault not in self._told:  # once, and not every minute until somebody mends it
                log.event(_LOG, "could not reconcile a recording", logging.ERROR, fault=fault)
        self._told = frozenset(done.faults)
        level = logging.INFO if done.indexed else logging.DEBUG
        duration_s = round(time.monotonic() - started_s, 3)
        log.event(_LOG, "reconciled", level, opened=done.opened, indexed=done.indexed, duration_s=duration_s)
