"""Small files that point elsewhere, or that are far more than they weigh."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from sound_files import tone, write_audio

if TYPE_CHECKING:
    from pathlib import Path

_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf"}
_LARGEST_BLOCK = 65_535


def silent_flac(
    duration_s: float, *, rate_hz: int = 4000, announced_s: float = 0, blocks: tuple[bytes, ...] = ()
) -> bytes:
    """Real digital silence: 16 s in 14 bytes. `blocks` are further metadata blocks, as `flac_picture` makes them."""
    announced = round(announced_s * rate_hz)
    sizes = struct.pack(">HH", _LARGEST_BLOCK, _LARGEST_BLOCK) + bytes(6)
    facts = struct.pack(">Q", rate_hz << 44 | 0 << 41 | 15 << 36 | announced)
    metadata = [b"\x00" + (34).to_bytes(3, "big") + sizes + facts + bytes(16), *blocks]
    metadata[-1] = bytes([metadata[-1][0] | 0x80]) + metadata[-1][1:]
    frames = (_silent_frame(number) for number in range(round(duration_s * rate_hz / _LARGEST_BLOCK) or 1))
    return b"fLaC" + b"".join(metadata) + b"".join(frames)


def flac_picture(mime: str, data: bytes, announced_bytes: int | None = None) -> bytes:
    """A metadata block with a cover; the MIME type `-->` says that the data are its address."""
    length = len(data) if announced_bytes is None else announced_bytes
    body = (
        struct.pack(">II", 3, len(mime)) + mime.encode() + struct.pack(">IIIIII", 0, 2**31, 2**31, 24, 0, length) + data
    )
    return b"\x06" + len(body).to_bytes(3, "big") + body


def vast_png() -> bytes:
    """A PNG of 65,535 x 65,535 pixels, in some bytes."""
    head = struct.pack(">IIBBBBB", 65_535, 65_535, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(100_000), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def id3(frame: bytes, content: bytes, announced_bytes: int | None = None) -> bytes:
    """An ID3 tag of one frame, which stands before an MP3."""
    body = frame + struct.pack(">IH", len(content), 0) + content
    size = len(body) if announced_bytes is None else announced_bytes
    return b"ID3\x03\x00\x00" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)) + body


def mp4_with_sound_at(folder: Path, kind: bytes, place: str) -> bytes:
    """An MP4 whose track says that its sound lies elsewhere: `url ` or `alis`."""
    data = write_audio(folder / "inner.m4a", tone(2), codec="aac", sample_format="fltp").read_bytes()
    text = place.encode() + b"\0"
    if kind == b"alis":  # of a Macintosh: kind 2 in its records is the whole path
        text = bytes(150) + struct.pack(">HH", 2, len(place)) + place.encode() + b"\xff\xff\0\0"
    entry = box(kind, bytes(4) + text)
    return _replaced(data, b"dinf", box(b"dinf", box(b"dref", bytes(4) + struct.pack(">I", 1) + entry)))


def nested_mp4(depth: int) -> bytes:
    """Boxes in boxes."""
    inner = b""
    for _ in range(depth):
        inner = box(b"trak", inner)
    return box(b"ftyp", b"M4A \0\0\0\0M4A ") + box(b"moov", inner)


def box(kind: bytes, content: bytes) -> bytes:
    """A box of MP4."""
    return struct.pack(">I", 8 + len(content)) + kind + content


def _replaced(data: bytes, kind: bytes, new: bytes) -> bytes:
    """The boxes with every one of a kind replaced, at any depth of those that lead to it."""
    boxes, at = b"", 0
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        name, content = data[at + 4 : at + 8], data[at + 8 : at + size]
        if name == kind:
            boxes += new
        else:
            boxes += box(name, _replaced(content, kind, new) if name in _CONTAINERS else content)
        at += size
    return boxes


def _silent_frame(number: int) -> bytes:
    head = b"\xff\xf8\x70\x08" + chr(number).encode() + struct.pack(">H", _LARGEST_BLOCK - 1)
    frame = head + bytes([_crc(head, 0x07, 8)]) + b"\x00\x00\x00"
    return frame + struct.pack(">H", _crc(frame, 0x8005, 16))


def _crc(data: bytes, polynomial: int, bits: int) -> int:
    value, top = 0, 1 << (bits - 1)
    for byte in data:
        value ^= byte << (bits - 8)
        for _ in range(8):
            value = (value << 1 ^ polynomial if value & top else value << 1) & ((1 << bits) - 1)
    return value
