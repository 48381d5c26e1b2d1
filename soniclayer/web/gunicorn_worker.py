"""One process of the backend: uvicorn, as a worker of gunicorn."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from gunicorn.arbiter import Arbiter
from uvicorn.server import Server
from uvicorn_worker import UvicornWorker

from soniclayer import metrics

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from starlette.applications import Starlette

DRAIN_S = 30
"""When it is to end, requests have so long; then gunicorn kills the process."""

ACCEPTED_S = 0.05
"""A connection that the kernel has accepted for us is known to the loop so soon."""

HEARD_OUT_S = 1.0
"""One on which nothing is asked for so long is closed when the process is to end."""

_CLEAN_UP_S = 3
"""What has not ended so long before is cancelled, so that it can remove what it has begun to write."""


class BackendWorker(UvicornWorker):  # type: ignore[misc]  # gunicorn has no types
    """Tells the arbiter through `started_fd` when its application has started. `slot` is set before the fork."""

    CONFIG_KWARGS: dict[str, Any] = {  # noqa: RUF012 - as the class above has it
        "loop": "uvloop",
        "http": "httptools",
        "ws": "none",
        "lifespan": "on",
        "proxy_headers": False,
        "server_header": False,
        "access_log": False,
        "timeout_graceful_shutdown": DRAIN_S - _CLEAN_UP_S,
    }
    slot = 0
    started_fd = -1

    def init_process(self) -> None:
        """See gunicorn; runs in the new process."""
        metrics.start(self.app.settings.run_dir / "metrics", f"backend-{self.slot}")
        metrics.get()  # 40 ms that the first request need not wait for
        super().init_process()

    async def _serve(self) -> None:
        """As UvicornWorker's, with our server.

        It gets the sockets themselves: gunicorn wraps them, and the loop would close what is wrapped twice.
        """
        self.config.app = self.wsgi
        server = BackendServer(self.config, self.wsgi, self.started_fd, self.ppid)
        self._install_sigquit_handler()
        await server.serve(sockets=[wrapped.sock for wrapped in self.sockets])
        if not server.started:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)


class BackendServer(Server):
    """Says when it has started, tells the application when it is to end, and ends when the arbiter is gone."""

    def __init__(self, config: Any, app: Starlette, started_fd: int, arbiter_pid: int) -> None:
        super().__init__(config)
        self._app = app
        self._started_fd = started_fd
        self._arbiter_pid = arbiter_pid

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn: the application's lifespan, then the sockets."""
        await super().startup(sockets)
        os.write(self._started_fd, b"%d\n" % os.getpid())

    async def on_tick(self, counter: int) -> bool:
        """See uvicorn; asked ten times a second whether to end."""
        return await super().on_tick(counter) or os.getppid() != self._arbiter_pid

    async def shutdown(self, sockets: Sequence[socket.socket] | None = None) -> None:
        """See uvicorn; streams end by themselves when they see `stopping`."""
        self._app.state.stopping.set()
        for server in self.servers:
            server.close()
        await self._hear_out()
        await super().shutdown(list(sockets or []))

    async def _hear_out(self) -> None:
        """Wait for the first request of connections that were just accepted: uvicorn would close them unread.

        Of 2,500 callers, one after the other, 7 were turned away so by 16 restarts and reloads.
        """
        end_s = time.monotonic() + HEARD_OUT_S
        await asyncio.sleep(ACCEPTED_S)
        while any(map(_is_new, self.server_state.connections)) and time.monotonic() < end_s:  # noqa: ASYNC110 - uvicorn
            await asyncio.sleep(ACCEPTED_S)  # tells nobody when a request begins


def _is_new(connection: Any) -> bool:
    """Whether nothing has been asked yet on it."""
    return connection.cycle is None
