"""A multipart form with a file, as a stream: of the file never more than a piece is in memory."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_QUOTED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
"""As browsers write names in a form (WHATWG, multipart/form-data)."""


class FormBody:
    """Fields, then the file: what `requests` sends piece by piece, with its length told before.

    Args:
        file: from its present position to its end.
        size_bytes: how much that is.
        name: the file's name, as the recording is to be called.
        fields: sent before the file, so that a wrong one is known before the file is sent.
        on_sent: called with the number of bytes of the file that were sent so far.
    """

    def __init__(
        self,
        file: BinaryIO,
        size_bytes: int,
        name: str,
        fields: Mapping[str, str],
        on_sent: Callable[[int], object] = lambda _: None,
    ) -> None:
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._head = b"".join(_field(boundary, *field) for field in fields.items()) + _opening(boundary, name)
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._file = file
        self._left_bytes = size_bytes
        self._size_bytes = size_bytes
        self._length = len(self._head) + size_bytes + len(self._tail)
        self._on_sent = on_sent

    def __len__(self) -> int:
        return self._length

    def read(self, size_bytes: int = -1) -> bytes:
        """The next piece; empty at the end.

        Raises:
            OSError: the file has become shorter while it was sent, or cannot be read.
        """
        if self._head:
            piece, self._head = self._head, b""
        elif self._left_bytes:
            piece = self._file.read(min(size_bytes, self._left_bytes) if size_bytes > 0 else self._left_bytes)
            if not piece:
                raise OSError("became shorter while it was sent")
            self._left_bytes -= len(piece)
            self._on_sent(self._size_bytes - self._left_bytes)
        else:
            piece, self._tail = self._tail, b""
        return piece


def _field(boundary: str, name: str, value: str) -> bytes:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def _opening(boundary: str, name: str) -> bytes:
    shown = name.translate(_QUOTED)
    disposition = f'Content-Disposition: form-data; name="file"; filename="{shown}"'
    return f"--{boundary}\r\n{disposition}\r\nContent-Type: application/octet-stream\r\n\r\n".encode()
