"""What a reverse proxy says of the client, believed only when it comes from our proxy."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from ipaddress import IPv4Address, IPv6Address

    from starlette.types import ASGIApp, Receive, Scope, Send

ACCEL_MAPPING = "soniclayer.accel_mapping"
"""Where it stands in the scope which files our proxy sends by itself, as `<folder>=<location>`; see `accel`."""

_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")


class TrustedProxy:
    """ASGI middleware: believes X-Forwarded-For, -Proto and -Prefix of a unix socket's peer or a trusted address.

    X-Accel-Mapping it believes of a unix socket's peer alone: only a proxy on this machine can send our files.
    """

    def __init__(self, app: ASGIApp, trusted: Sequence[IPv4Address | IPv6Address]) -> None:
        self._app = app
        self._trusted = frozenset(trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "http" and self._is_trusted(scope):
            self._believe(scope)
        await self._app(scope, receive, send)

    def _is_trusted(self, scope: Scope) -> bool:
        client = scope.get("client")
        return _came_by_unix_socket(scope) or (client is not None and self._is_proxy(client[0]))

    def _believe(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        client = self._client(headers.getlist("X-Forwarded-For"))
        if client:
            scope["client"] = (client, 0)
        if headers.get("X-Forwarded-Proto") in {"http", "https"}:
            scope["scheme"] = headers["X-Forwarded-Proto"]
        prefix = headers.get("X-Forwarded-Prefix", "").rstrip("/")
        if _PREFIX.fullmatch(prefix):
            scope["root_path"] = prefix
            scope["path"] = prefix + scope["path"]
        if _came_by_unix_socket(scope):
            scope[ACCEL_MAPPING] = headers.get("X-Accel-Mapping", "")

    def _client(self, lines: Sequence[str]) -> str | None:
        """The last address that is no proxy of ours: what stands before it, the client may have made up."""
        for hop in reversed([part.strip() for line in lines for part in line.split(",")]):
            try:
                address = str(ipaddress.ip_address(hop))
            except ValueError:
                return None
            if not self._is_proxy(address):
                return address
        return None

    def _is_proxy(self, address: str) -> bool:
        try:
            return ipaddress.ip_address(address) in self._trusted
        except ValueError:
            return False


def _came_by_unix_socket(scope: Scope) -> bool:
    """Its mode says who may connect."""
    server = scope.get("server")
    return server is not None and server[1] is None  # a path without a port
