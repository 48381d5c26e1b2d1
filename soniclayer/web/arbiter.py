"""gunicorn's arbiter, honest to systemd: READY when every process serves, WATCHDOG while one of them lives."""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING

from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer
from sdnotify import SystemdNotifier

from soniclayer import log
from soniclayer.errors import ConfigError

if TYPE_CHECKING:
    from soniclayer.web.gunicorn_app import BackendApplication

TELL_EVERY_S = 1.0
LOOK_S = 0.02
AGAIN_S = 1.0
"""After a process that could not start, the next one is started so much later."""

_LOG = logging.getLogger(__name__)


class BackendArbiter(Arbiter):  # type: ignore[misc]  # gunicorn has no types
    """Takes NOTIFY_SOCKET out of gunicorn's sight, which would say READY before anything serves."""

    def __init__(self, application: BackendApplication) -> None:
        self._notifier = SystemdNotifier()
        os.environ.pop("NOTIFY_SOCKET", None)
        self._started_from, self.started_fd = os.pipe()
        os.set_blocking(self._started_from, False)
        self._serving: set[int] = set()
        self._oldest_age = 0
        self._waits = True
        self._told_s = 0.0
        super().__init__(application)

    def wait_for_signals(self, timeout: float = 1.0) -> list[int]:
        """See gunicorn; while processes start it looks more often, so that READY comes soon."""
        found: list[int] = super().wait_for_signals(LOOK_S if self._waits else timeout)
        return found

    def murder_workers(self) -> None:
        """See gunicorn; called every second, or when something happens."""
        super().murder_workers()
        self._tell()

    def reap_workers(self) -> None:
        """See gunicorn; called every 0.1 s while it stops or reloads."""
        try:
            super().reap_workers()
        except HaltServer:
            if self._waits or not self._living():
                raise
            time.sleep(AGAIN_S)  # others serve: gunicorn starts another one
        self._tell()

    def reload(self) -> None:
        """See gunicorn; with faults in the configuration everything stays as it is."""
        try:
            self.app.read()
        except ConfigError as error:
            log.event(_LOG, "configuration stays as it was", logging.ERROR, error=error)
            return
        self._oldest_age = self.worker_age + 1
        self._waits = True
        self._notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
        super().reload()

    def stop(self, graceful: bool = True) -> None:  # noqa: FBT001, FBT002 - gunicorn's
        """See gunicorn."""
        self._waits = False
        self._notify("STOPPING=1", "STATUS=stopping")
        super().stop(graceful)

    def _tell(self) -> None:
        """Tell systemd what there is to tell."""
        self._note_started()
        serving = len(self._serving & self._living())
        if self._waits and serving >= self.num_workers:
            self._waits = False
            self._notify("READY=1", f"STATUS={serving} processes serve")
            log.event(_LOG, "backend ready", processes=serving)
        if time.monotonic() - self._told_s >= TELL_EVERY_S and self._one_is_fresh():
            self._told_s = time.monotonic()
            self._notify("WATCHDOG=1")

    def _note_started(self) -> None:
        """Read the process ids of those that have started; each is one write, and much shorter than a pipe's page."""
        try:
            told = os.read(self._started_from, 4096)
        except BlockingIOError:
            return
        self._serving = {pid for pid in self._serving if pid in self.WORKERS} | {int(pid) for pid in told.split()}

    def _living(self) -> set[int]:
        """The processes of the newest configuration."""
        return {pid for pid, worker in self.WORKERS.items() if worker.age >= self._oldest_age}

    def _one_is_fresh(self) -> bool:
        now = time.monotonic()
        return any(now - worker.tmp.last_update() <= self.timeout for worker in list(self.WORKERS.values()))

    def _notify(self, *lines: str) -> None:
        self._notifier.notify("\n".join(lines))
