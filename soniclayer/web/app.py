"""The application: all routes and the dashboard, behind what every request passes through."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from anyio.to_thread import current_default_thread_limiter
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from soniclayer.web import routes
from soniclayer.web.alias import ApiAlias
from soniclayer.web.cors import cors
from soniclayer.web.dashboard import DashboardRoute
from soniclayer.web.envelope import Envelope
from soniclayer.web.problem_answers import ProblemAnswers
from soniclayer.web.proxy import TrustedProxy
from soniclayer.web.route import unknown
from soniclayer.web.threads import Threads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from soniclayer.web.services import Services

READ_THREADS = 40
"""Plain `def` routes run in so many threads at once; all else has its own (`threads`)."""


def create_app(services: Services) -> Starlette:
    """The application. `app.state.services` are its tools, `app.state.stopping` an event that is set when it is to end.

    Raises:
        ConfigError: the settings forbid it.
    """
    settings = services.settings
    app = Starlette(
        routes=[*routes.all_routes(), DashboardRoute()],
        middleware=[
            Middleware(TrustedProxy, trusted=settings.trusted_proxies),
            Middleware(ApiAlias),
            Middleware(Envelope),
            *cors(settings),
            Middleware(ProblemAnswers, debug=settings.environment == "development"),
        ],
        exception_handlers={HTTPException: _hand_on},  # type: ignore[dict-item]  # it never returns
        lifespan=_lifespan,
    )
    app.router.redirect_slashes = False
    app.router.default = unknown
    app.state.services = services
    app.state.stopping = asyncio.Event()
    app.state.threads = Threads()
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    services: Services = app.state.services
    current_default_thread_limiter().total_tokens = READ_THREADS
    async with services.reader:
        feed = asyncio.create_task(services.feed.run())
        try:
            yield
        finally:
            await _end(feed)
            services.close()


async def _end(task: asyncio.Task[None]) -> None:
    """Cancel a task until it ends: redis-py loses a cancellation that comes while it connects."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=0.1)


async def _hand_on(_: Request, error: Exception) -> None:
    """Let ProblemAnswers tell of it, as of everything else."""
    raise error
