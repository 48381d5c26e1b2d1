"""The dashboard's sessions: a signed cookie that stands for a key. Nothing is kept here, so every process knows it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from itsdangerous import BadData, URLSafeTimedSerializer

from soniclayer.web.problems import Problem

if TYPE_CHECKING:
    from datetime import datetime

    from pydantic import SecretStr
    from starlette.requests import Request
    from starlette.responses import Response

    from soniclayer.definitions.keys import Key
    from soniclayer.web.keys import KeyRing

COOKIE = "soniclayer_session"
SESSION_S = 12 * 3600
"""A working day; then the key is asked for again."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Sessions:
    """Signs and reads cookies. Revoking the key ends all its sessions at once."""

    def __init__(self, secret: SecretStr | None, keys: KeyRing) -> None:
        self._keys = keys
        self._serializer = (
            URLSafeTimedSerializer(secret.get_secret_value(), salt="soniclayer.session") if secret else None
        )

    def begin(self, request: Request, response: Response, key: Key) -> None:
        """Give the browser its cookie.

        Raises:
            Problem: `no_sessions`: no session key is set.
        """
        if self._serializer is None:
            raise Problem("no_sessions", "No secret is set to sign them with: set SONICLAYER_SESSION_KEY")
        response.set_cookie(
            COOKIE,
            self._serializer.dumps(key.sha256),
            max_age=SESSION_S,
            path=_path(request),
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )

    def end(self, request: Request, response: Response) -> None:
        """Take the cookie from the browser."""
        response.delete_cookie(
            COOKIE, path=_path(request), secure=request.url.scheme == "https", httponly=True, samesite="strict"
        )

    def key_of(self, cookie: str) -> Key | None:
        """The key a cookie stands for; None when the cookie is not ours or too old, or the key was revoked."""
        signed = self._read(cookie)
        return self._keys.find_by_hash(signed[0]) if signed else None

    def left_s(self, cookie: str) -> int:
        """How many seconds a cookie is good for, if its key is not revoked before; 0 when it is not ours or too old."""
        signed = self._read(cookie)
        return max(0, SESSION_S - int(time.time() - signed[1].timestamp())) if signed else 0

    def _read(self, cookie: str) -> tuple[str, datetime] | None:
        """The SHA-256 of the key it stands for, and when it was signed."""
        if self._serializer is None:
            return None
        try:
            sha256, signed_at = self._serializer.loads(cookie, max_age=SESSION_S, return_timestamp=True)
        except BadData:
            return None
        return sha256, signed_at


def refuse_cross_site(request: Request) -> None:
    """Refuse what another site's page may have made the browser send with our cookie.

    Raises:
        Problem: `cross_site`.
    """
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin", "")
    same = site == "same-origin" if site else urlsplit(origin).netloc == request.headers.get("Host", "?")
    if not same:
        raise Problem(
            "cross_site", f"With a session, send {request.method} from a page of ours; programs use X-API-Key"
        )


def _path(request: Request) -> str:
    return f"{request.scope.get('root_path', '')}/"
