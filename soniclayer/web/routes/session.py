"""POST, GET and DELETE /session: the dashboard's sign-in, who is signed in, and its sign-out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from soniclayer.web.answers import SessionAnswer
from soniclayer.web.auth import CHALLENGE, HEADER, key_of, services_of
from soniclayer.web.problems import Problem
from soniclayer.web.reply import as_json
from soniclayer.web.route import ApiRoute
from soniclayer.web.session import COOKIE, SESSION_S, refuse_cross_site

if TYPE_CHECKING:
    from starlette.requests import Request


def get_session(request: Request) -> Response:
    """Who calls, by a session or by a key."""
    key = key_of(request)
    by_session = HEADER not in request.headers
    left_s = services_of(request).sessions.left_s(request.cookies[COOKIE]) if by_session else None
    return as_json(SessionAnswer(key.name, tuple(sorted(key.scopes)), left_s), headers={"Cache-Control": "no-store"})


def begin(request: Request) -> Response:
    """Trade the key for a cookie."""
    if HEADER not in request.headers:
        raise Problem("no_key", f"Send it in the header {HEADER}", CHALLENGE)
    key = key_of(request)
    response = as_json(SessionAnswer(key.name, tuple(sorted(key.scopes)), SESSION_S))
    services_of(request).sessions.begin(request, response, key)
    return response


def end(request: Request) -> Response:
    """Take the cookie back."""
    if COOKIE in request.cookies:
        refuse_cross_site(request)
    response = Response(status_code=204)
    services_of(request).sessions.end(request, response)
    return response


routes = [
    ApiRoute("/session", get_session, needs="read"),
    ApiRoute("/session", begin, needs="read", methods=["POST"], name="begin_session"),
    ApiRoute("/session", end, needs=None, methods=["DELETE"], name="end_session"),
]
