"""The body of a request: how long it may be, and what becomes of the rest of it when the answer is known early."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from starlette.datastructures import Headers

from soniclayer.web.problems import Problem

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Message, Receive, Scope, Send

MAX_BODY_BYTES = "soniclayer.max_body_bytes"
"""Where a route says in the scope how long its body may be; without it, or with None, as long as it likes."""

LINGER_S = 5.0
"""A client that is still sending by then has not looked for an answer."""


class Body:
    """What comes of a request's body, between the server and the application."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        headers = Headers(scope=scope)
        length = headers.get("Content-Length", "0").strip()
        self._scope = scope
        self._receive = receive
        self._waits_for_100 = headers.get("Expect", "").lower() == "100-continue"
        self._announced_bytes = int(length) if length.isascii() and length.isdigit() else 0
        self._arrived_bytes = 0
        self._ended = not self._announced_bytes and "Transfer-Encoding" not in headers

    @property
    def more_to_come(self) -> bool:
        """Whether the client may still be sending."""
        return not self._ended and not self._waits_for_100

    async def receive(self) -> Message:
        """ASGI's receive.

        Raises:
            Problem: `too_large`.
        """
        max_bytes = self._scope.get(MAX_BODY_BYTES)
        if max_bytes is not None and self._announced_bytes > max_bytes:
            raise _too_large(max_bytes)
        message = await self._next()
        if max_bytes is not None and self._arrived_bytes > max_bytes:
            raise _too_large(max_bytes)
        return message

    async def answer_early(self, response: Response, send: Send) -> None:
        """Send an answer; when more of the request is coming, let it come for a while, then close the connection.

        A server that closes with unread bytes makes the kernel reset the connection: the client may lose the answer.
        """
        if not self.more_to_come:
            await response(self._scope, self._next, send)
            return
        response.headers["Connection"] = "close"

        async def hold_end(message: Message) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                message = {**message, "more_body": True}
            await send(message)

        await response(self._scope, self._next, hold_end)
        with anyio.move_on_after(LINGER_S):
            while self.more_to_come:
                await self._next()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _next(self) -> Message:
        self._waits_for_100 = False
        message = await self._receive()
        self._arrived_bytes += len(message.get("body", b""))
        self._ended = message["type"] != "http.request" or not message.get("more_body", False)
        return message


def _too_large(max_bytes: int) -> Problem:
    return Problem("too_large", f"At most {max_bytes:,} bytes are taken")
