"""One HTTP request, to an address, a unix socket, or through TLS; nobody is waited for longer than ANSWER_S."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from soniclayer.cli.check.machine import ANSWER_S
from soniclayer.cli.check.outcome import CannotKnow

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BYTES = 2**22
"""No answer that a check reads is longer."""


class NoAnswer(CannotKnow):
    """Nobody answers in time, or not by HTTP; what is behind cannot be known."""


@dataclass(frozen=True)
class Page:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes
    took_s: float


def ask(url: str, *, at: str = "", host: str = "", headers: Mapping[str, str] | None = None) -> Page:
    """GET a URL. Whether a certificate is good is no question of this.

    Args:
        url: `http://...` or `https://...`.
        at: where to connect instead, `unix:PATH` or `HOST:PORT`.
        host: the name that is asked for, with TLS too.
        headers: more of them.

    Raises:
        NoAnswer: nobody answers in time, or not by HTTP.
    """
    parts = urlsplit(url)
    begun = time.monotonic()
    connection = http.client.HTTPConnection(parts.hostname or "localhost", timeout=ANSWER_S)
    try:
        connection.sock = _connected(url, at, host)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        usual = {"Host": host or parts.netloc, "Connection": "close"}
        connection.request("GET", path, headers={**usual, **(headers or {})})
        answer = connection.getresponse()
        body = answer.read(MOST_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(f"{at or parts.netloc} does not answer: {reason(error)}") from None
    finally:
        connection.close()
    got = {name.lower(): value for name, value in answer.getheaders()}
    return Page(answer.status, got, body, time.monotonic() - begun)


def reason(error: Exception) -> str:
    """Why, in a few words."""
    if isinstance(error, TimeoutError):
        return f"not within {ANSWER_S:.0f} s"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _connected(url: str, at: str, host: str) -> socket.socket:
    parts = urlsplit(url)
    if at.startswith("unix:"):
        return _connected_socket(at.removeprefix("unix:"))
    where = urlsplit(f"//{at}") if at else parts
    port = where.port or (443 if parts.scheme == "https" else 80)
    raw = socket.create_connection((where.hostname or "localhost", port), timeout=ANSWER_S)
    if parts.scheme != "https":
        return raw
    context = ssl._create_unverified_context()  # noqa: S323, SLF001 - the certificate has checks of its own
    return wrapped(raw, context, host or parts.hostname)


def wrapped(raw: socket.socket, context: ssl.SSLContext, host: str | None) -> ssl.SSLSocket:
    """The connection with TLS, for this name; it is closed when that fails."""
    try:
        return context.wrap_socket(raw, server_hostname=host)
    except BaseException:
        raw.close()
        raise


def _connected_socket(path: str) -> socket.socket:
    raw = socket.socket(socket.AF_UNIX)
    try:
        raw.settimeout(ANSWER_S)
        raw.connect(path)
    except BaseException:
        raw.close()
        raise
    return raw
