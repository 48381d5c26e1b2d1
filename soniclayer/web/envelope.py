"""What every request and answer has around it: an id, the headers of the limits, a line in the log, a count."""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

from soniclayer import log, metrics
from soniclayer.web.dashboard import ROUTE as DASHBOARD
from soniclayer.web.limits import limit_headers

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID = "X-Request-ID"
CUT = 499
"""The status logged when the client left before an answer began, as nginx names it."""

_SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")
_UNKNOWN = "(none)"
_QUIET = frozenset({"/health/live", "/health/ready", "/segments/health", "/metrics", DASHBOARD})
"""Asked for again and again by probes, and the files of pages: at DEBUG."""

_LOG = logging.getLogger("soniclayer.access")


class Envelope:
    """ASGI middleware, the outermost but for the proxy's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        token = log.request_id.set(request_id)
        began_s = time.monotonic()
        status = CUT

        async def complete(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = request_id
                headers.update(limit_headers(scope.get("state", {}).get("standings", ())))
            await send(message)

        try:
            await self._app(scope, receive, complete)
        finally:
            _record(scope, status, time.monotonic() - began_s)
            log.request_id.reset(token)


def _request_id(scope: Scope) -> str:
    theirs = Headers(scope=scope).get(REQUEST_ID, "")
    return theirs if _SANE.fullmatch(theirs) else secrets.token_hex(8)


def _record(scope: Scope, status: int, duration_s: float) -> None:
    route, method = scope.get("soniclayer.route", _UNKNOWN), scope["method"]
    counted = metrics.get()
    counted.http_requests_total.labels(method, route, status).inc()
    counted.http_request_seconds.labels(route).observe(duration_s)
    log.event(
        _LOG,
        "request",
        logging.DEBUG if route in _QUIET else logging.INFO,
        method=method,
        route=route,
        recording=scope.get("path_params", {}).get("audio_id"),
        status=status,
        duration_s=duration_s,
        client=_client(scope),
        key=scope.get("state", {}).get("key_name"),
    )


def _client(scope: Scope) -> str | None:
    return scope["client"][0] if scope.get("client") else None
