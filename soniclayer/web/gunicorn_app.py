"""How gunicorn is told what to serve. The configuration is read once, here, and handed to all processes by the fork."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gunicorn.app.base import BaseApplication

from soniclayer import log
from soniclayer.settings import load_settings
from soniclayer.web.app import create_app
from soniclayer.web.gunicorn_worker import DRAIN_S, BackendWorker
from soniclayer.web.services import build_services, load_definitions

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter
    from starlette.applications import Starlette

HUNG_S = 30
"""A process whose event loop stands still for so long is killed and replaced."""

KEPT_OPEN_S = 75
"""Idle connections stay open for so long: longer than nginx keeps its own, so that it is never surprised."""

SOCKET_UMASK = 0o117
"""A unix socket is for its owner and group: whoever may connect is believed to be our proxy."""


class BackendApplication(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """`settings` and `definitions` are what was read last without a fault; a process that dies is started with them."""

    def __init__(self, bind: str | None) -> None:
        """Read the configuration.

        Args:
            bind: where to listen, in place of `backend_bind`.

        Raises:
            ConfigError: it has faults.
        """
        self._given = {"backend_bind": bind} if bind else {}
        self.read()
        super().__init__(prog="soniclayer backend")

    def read(self) -> None:
        """Read the configuration anew.

        Raises:
            ConfigError: it has faults; everything stays as it was.
        """
        settings = load_settings(**self._given)
        definitions = load_definitions(settings)
        log_config = log.logging_config(settings)
        self.settings, self.definitions, self._log_config = settings, definitions, log_config

    def load_config(self) -> None:
        """See gunicorn; also called when it reloads."""
        choices = {
            "bind": self.settings.backend_bind,
            "workers": self.settings.backend_workers,
            "worker_class": BackendWorker,
            "timeout": HUNG_S,
            "graceful_timeout": DRAIN_S,
            "keepalive": KEPT_OPEN_S,
            "umask": SOCKET_UMASK,
            "control_socket_disable": True,
            "proc_name": "soniclayer backend",
            "loglevel": self.settings.log_level.lower(),
            "logconfig_dict": self._log_config,
            "pre_fork": _take_slot,
        }
        for name, value in choices.items():
            self.cfg.set(name, value)

    def load(self) -> Starlette:
        """What a process serves; called in it, after the fork: connections are its own."""
        return create_app(build_services(self.settings, self.definitions))


def _take_slot(arbiter: Arbiter, worker: BackendWorker) -> None:
    """Give the new process the lowest number that no living one has: names of metric files stay few."""
    taken = {other.slot for other in arbiter.WORKERS.values()}
    worker.slot = next(slot for slot in range(1, len(taken) + 2) if slot not in taken)
    worker.started_fd = arbiter.started_fd
