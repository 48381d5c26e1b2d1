"""HTTP by hand, for what no client library would send."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
BOUNDARY = "limit"
ANSWER_S = 20.0


@dataclass(frozen=True)
class Answer:
    """What came back. `body` may be cut off."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """Of a problem."""
        return json.loads(self.body)["code"]


def part(name: str, content: bytes, file_name: str | None = None) -> bytes:
    """One part of a form."""
    named = f'; filename="{file_name}"' if file_name is not None else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    """A whole form."""
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def upload_head(key: str, length: int | None, at: str = "/evaluate/", **headers: str) -> bytes:
    """The head of an upload; a length of None is told by no header."""
    fields = {
        "Host": "test",
        "X-API-Key": key,
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        **({} if length is None else {"Content-Length": str(length)}),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {at} HTTP/1.1\r\n{lines}\r\n".encode()


def connect(address: tuple[str, int] | str) -> socket.socket:
    """A connection to a port, or to a unix socket."""
    if isinstance(address, tuple):
        return socket.create_connection(address, ANSWER_S)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(ANSWER_S)
    connection.connect(address)
    return connection


def exchange(address: tuple[str, int] | str, *sent: bytes) -> Answer:
    """Send all of this, and read the answer."""
    with connect(address) as connection:
        for piece in sent:
            connection.sendall(piece)
        return read_answer(connection)


def read_answer(connection: socket.socket) -> Answer:
    """The final answer; 100 Continue is passed over."""
    data = b""
    while b"\r\n\r\n" not in data or data.startswith(b"HTTP/1.1 100"):
        if data.startswith(b"HTTP/1.1 100") and b"\r\n\r\n" in data:
            data = data.partition(b"\r\n\r\n")[2]
            continue
        data += _receive(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += _receive(connection)
    return Answer(int(status_line.split()[1]), headers, body)


def _receive(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("closed without a whole answer")
    return data
