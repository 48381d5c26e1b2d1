"""A route that says what a caller needs for it. Who may not is refused before the endpoint is called."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from starlette._utils import is_async_callable
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import BaseRoute, Match, Route

from soniclayer.web.auth import admit, admit_async
from soniclayer.web.body import MAX_BODY_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from soniclayer.web.auth import KeyScope

MOST_BODY_BYTES = 64 * 1024
"""No request but an upload has more to say."""


class ApiRoute(Route):
    """A route of the API. A plain `def` endpoint runs in a thread, together with the check of the key."""

    def __init__(  # noqa: PLR0913 - what there is to say of a route
        self,
        path: str,
        endpoint: Callable[[Request], Any],
        *,
        needs: KeyScope | None,
        methods: Sequence[str] = ("GET",),
        name: str | None = None,
        limited: bool = True,
        audio: bool = False,
        max_body_bytes: int | None = MOST_BODY_BYTES,
    ) -> None:
        """Make one.

        Args:
            path: as in Starlette, without the prefix of the proxy.
            endpoint: takes the request, gives the response; raises Problem or one of our errors.
            needs: the scope that the caller's key must have; None = open to all, key or none.
            methods: it answers to; GET brings HEAD.
            name: of the route; default: of the endpoint.
            limited: whether calls are counted; only what probes ask for often is not.
            audio: calls are counted as those for audio, which a player that seeks makes many of.
            max_body_bytes: a longer body is refused with 413; None = the endpoint sees to it.
        """
        super().__init__(path, _guarded(endpoint, needs, limited=limited, audio=audio), methods=methods, name=name)
        self.needs = needs
        self.limited = limited
        self.max_body_bytes = max_body_bytes

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """See Starlette; leaves the route's path in the scope, for the log, and what its body may measure."""
        match, child_scope = super().matches(scope)
        if match is not Match.NONE:
            scope["soniclayer.route"] = self.path
            scope[MAX_BODY_BYTES] = self.max_body_bytes
        return match, child_scope

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See Starlette; a method that no route of this path takes is refused with all that are."""
        if scope["method"] not in (self.methods or ()):
            request = Request(scope)
            await admit_async(request, None)
            allowed = {method for route in request.app.routes for method in _methods_at(route, scope)}
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(allowed))})
        await super().handle(scope, receive, send)


async def unknown(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - an ASGI application
    """What answers where there is no route."""
    if scope["type"] == "http":
        await admit_async(Request(scope), None)
        raise HTTPException(404)


def _methods_at(route: BaseRoute, scope: Scope) -> set[str]:
    at_this_path = isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE
    return (route.methods or set()) if isinstance(route, Route) and at_this_path else set()


def _guarded(
    endpoint: Callable[[Request], Any], needs: KeyScope | None, *, limited: bool, audio: bool
) -> Callable[[Request], Any]:
    if not limited and needs is None:
        return endpoint
    if is_async_callable(endpoint):

        @functools.wraps(endpoint)
        async def call_async(request: Request) -> Response:
            await admit_async(request, needs, audio=audio)
            response: Response = await endpoint(request)
            return response

        return call_async

    @functools.wraps(endpoint)
    def call(request: Request) -> Response:
        admit(request, needs, audio=audio)
        response: Response = endpoint(request)
        return response

    return call
