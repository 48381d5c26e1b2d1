"""A client that costs next to nothing, so that what is measured is the server."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pathlib import Path

REQUESTS = 300
BUFFER_BYTES = 2**20
BOUNDARY = "soniclayer-bench"


def requests_per_s(url: str, key: str, count: int = REQUESTS) -> float:
    """So many GETs, one after the other on one connection."""
    place = urlsplit(url)
    request = f"GET {place.path} HTTP/1.1\r\nHost: bench\r\nX-API-Key: {key}\r\n\r\n".encode()
    with _connected(url) as connection:
        _answer(connection, request)
        started_s = time.monotonic()
        for _ in range(count):
            _answer(connection, request)
        return count / (time.monotonic() - started_s)


def upload_s(url: str, key: str, path: Path) -> float:
    """How long it takes to upload a file, until it was accepted."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{path.name}"\r\n\r\n'.encode()
    tail = f"\r\n--{BOUNDARY}--\r\n".encode()
    size = len(head) + path.stat().st_size + len(tail)
    headers = (
        f"POST /evaluate/ HTTP/1.1\r\nHost: bench\r\nX-API-Key: {key}\r\nContent-Length: {size}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
    ).encode()
    with _connected(url) as connection, path.open("rb") as file:
        started_s = time.monotonic()
        connection.sendall(headers + head)
        connection.sendfile(file)
        _answer(connection, tail, status=b"202")
        return time.monotonic() - started_s


def _connected(url: str) -> socket.socket:
    place = urlsplit(url)
    return socket.create_connection((place.hostname, place.port), timeout=300)


def _answer(connection: socket.socket, request: bytes, status: bytes = b"200") -> None:
    """Send it and read the answer to its end."""
    connection.sendall(request)
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(BUFFER_BYTES)
    head, _, body = data.partition(b"\r\n\r\n")
    assert head.split()[1] == status, data[:500]
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    left = int(lengths[0].split(b":")[1]) - len(body)
    buffer = bytearray(BUFFER_BYTES)
    while left > 0:
        left -= connection.recv_into(buffer, min(left, BUFFER_BYTES))
