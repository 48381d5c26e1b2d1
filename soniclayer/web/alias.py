"""The API has a second name on the backend itself, `/api/`: what the dashboard calls it, behind nginx or without."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/api"


class ApiAlias:
    """ASGI middleware: `/api/...` is the API behind the prefix `/api`, as if a proxy had told us of it.

    A prefix that a trusted proxy gave is the only one: through nginx nothing answers under `/api/api/`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "http" and not scope.get("root_path") and scope["path"].startswith(f"{PREFIX}/"):
            scope["root_path"] = PREFIX
        await self._app(scope, receive, send)
