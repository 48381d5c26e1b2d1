"""Turns every error of the application into its problem+json answer; what is a fault of ours is logged."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from soniclayer import log
from soniclayer.web.body import Body
from soniclayer.web.problems import is_expected, problem_response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

OUR_FAULT = 500

_LOG = logging.getLogger(__name__)


class ProblemAnswers:
    """ASGI middleware. An error in the middle of an answer cuts the connection, so that nobody takes it for whole."""

    def __init__(self, app: ASGIApp, *, debug: bool) -> None:
        self._app = app
        self._debug = debug

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False
        body = Body(scope, receive)

        async def watched_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, body.receive, watched_send)
        except Exception as error:
            response = problem_response(error, debug=self._debug)
            if started or response.status_code >= OUR_FAULT:
                level = logging.WARNING if is_expected(error) else logging.ERROR
                log.event(_LOG, "request failed", level, error=error, route=scope.get("soniclayer.route"))
            if started:
                raise
            await body.answer_early(response, send)
