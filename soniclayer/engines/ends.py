"""What the bytes of a file tell about its end, where FFmpeg does not."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NO_SIZE = 0x7FFF_0000
"""A WAV written to a pipe announces a size from here on (ffmpeg, sox), for want of a better one."""

_LARGEST_OGG_PAGE = 65_307
_OGG_PAGE_HEAD = 27
_OGG_LAST_PAGE = 0x04
"""Sizes in bytes and the flag of the last page: RFC 3533, 6."""

_MOST_PARTS = 10_000
"""Chunks of a WAV or boxes of an MP4 that are looked at; a file may be made of a hundred million empty ones."""

_BOX_HEAD_BYTES = 16
_SIZE_FOLLOWS = 1
"""In place of a box's size: the true one stands in the next eight bytes (ISO 14496-12, 4.2)."""


def wav_announced_s(path: Path) -> float | None:
    """Duration that a WAV announces, or None; FFmpeg itself tells only what is there."""
    with path.open("rb") as file:
        file.seek(12)
        bytes_per_s, long_size = 0, 0
        for _ in range(_MOST_PARTS):
            header = file.read(8)
            if len(header) < 8:  # noqa: PLR2004 - name and size of a chunk
                return None
            name, size = struct.unpack("<4sI", header)
            if name == b"data":
                if long_size:  # of an RF64, whose own field is full
                    size = long_size
                elif size >= _NO_SIZE:
                    return None
                return size / bytes_per_s if bytes_per_s else None
            body = file.read(16) if name in {b"fmt ", b"ds64"} else b""
            if name == b"fmt " and len(body) == 16:  # noqa: PLR2004 - up to the field wanted
                (bytes_per_s,) = struct.unpack_from("<I", body, 8)
            elif name == b"ds64" and len(body) == 16:  # noqa: PLR2004 - up to the field wanted
                (long_size,) = struct.unpack_from("<Q", body, 8)
            file.seek(size + size % 2 - len(body), 1)
    return None


def ogg_ends_early(path: Path) -> bool:
    """Whether the last page of an Ogg file is not marked as the last, or is cut."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _LARGEST_OGG_PAGE))
        tail = file.read()
    at = tail.rfind(b"OggS")
    page = tail[at:]
    if at < 0 or len(page) < _OGG_PAGE_HEAD:
        return True
    segments = page[_OGG_PAGE_HEAD : _OGG_PAGE_HEAD + page[26]]
    return not page[5] & _OGG_LAST_PAGE or len(page) < _OGG_PAGE_HEAD + page[26] + sum(segments)


def second_wav(path: Path) -> bool:
    """Whether another WAV follows the first in the same file; FFmpeg reads the first alone."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8)[4:], "little")
        file.seek(8 + size + size % 2)
        head = file.read(12)
    return head[:4] == b"RIFF" and head[8:] == b"WAVE"


def mp4_boxes(file: BinaryIO) -> Iterator[bytes]:
    """The names of the boxes that make up an MP4, in order, as far as their sizes can be followed."""
    position, end = 0, file.seek(0, 2)
    for _ in range(_MOST_PARTS):
        if position >= end:
            return
        file.seek(position)
        head = file.read(_BOX_HEAD_BYTES)
        size = int.from_bytes(head[:4], "big")
        yield head[4:8]
        if size == _SIZE_FOLLOWS:
            size = int.from_bytes(head[8:], "big")
        if size < 8:  # noqa: PLR2004 - not even its own head: the last box
            return
        position += size
