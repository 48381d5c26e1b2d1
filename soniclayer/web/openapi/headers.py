"""The headers of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soniclayer.web.openapi.operation import Schema


def _header(description: str, example: str | int, *, kind: str = "string", always: bool = True) -> Schema:
    return {"description": description, "schema": {"type": kind}, "required": always, "example": example}


HEADERS: dict[str, Schema] = {
    "Accept-Ranges": _header("Ranges of bytes can be asked for", "bytes"),
    "Cache-Control": _header(
        "How long it may be kept; then, or with no-cache each time, ask with If-None-Match", "private, no-cache"
    ),
    "Content-Disposition": _header("How to show it, and under which name (RFC 6266)", 'inline; filename="a.srt"'),
    "Content-Range": _header("Which bytes these are, or how many there are", "bytes 0-1023/146515", always=False),
    "ETag": _header("The version: another one means other bytes", '"2f1c"'),
    "Location": _header("The address of the recording", "/recordings/e3b0c442..."),
    "RateLimit": _header("What is left: `r` calls, more in `t` seconds", '"requests";r=19;t=2'),
    "RateLimit-Policy": _header("At most `q` calls within `w` seconds", '"requests";q=20;w=2'),
    "Retry-After": _header("Try again in so many seconds", 5, kind="integer", always=False),
    "Set-Cookie": _header("The session; HttpOnly", "soniclayer_session=...; HttpOnly; SameSite=strict"),
    "WWW-Authenticate": _header("How to say who calls", 'ApiKey realm="soniclayer", header="X-API-Key"'),
    "X-Complete": _header("Whether that is all: `true`, or `false` while more may come", "true"),
    "X-Request-ID": _header("The id of the request in the log; a client may send its own", "5c0fd4a1e9f0b327"),
}
