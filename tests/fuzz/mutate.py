"""Breaks files, more often where they say what they are than where their sound lies."""

from __future__ import annotations

import re
import struct

_NAMES = re.compile(
    rb"RIFF|RF64|ds64|fmt |data|LIST|fLaC|OggS|OpusHead|OpusTags|\x01vorbis|\x05vorbis|ID3|APIC|Xing|Info|LAME|"
    rb"ftyp|moov|mvhd|trak|tkhd|edts|elst|mdia|mdhd|hdlr|minf|stbl|stsd|mp4a|alac|esds|stts|stsc|stsz|stco|co64|sgpd|"
    rb"moof|traf|tfhd|trun|"  # codespell:ignore trun
    rb"mvex|trex|mdat|dref|sinf|\x1aE\xdf\xa3|\x18S\x80g|\x16T\xaek|\xae|\x1fC\xb6u|\x1cS\xbbk|\xa3"
)
"""Where a header is: names of chunks, boxes, pages and elements."""

_NEAR_BYTES = 40
_MOST_SPOTS = 2000
_EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**62, 2**63, 2**64 - 1)
_OGG_CRC, _OGG_SEGMENTS = 22, 26  # offsets of the check sum of a page, and of the number of its segments


def mutated(chance, data, others):
    """A broken copy of `data`, and what was done to it in words.

    Args:
        chance: a `random.Random`; the same one gives the same copy.
        data: the bytes of a file.
        others: bytes of other files, of which parts may be put in.
    """
    data, done = bytearray(data), []
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        change = chance.choice(_CHANGES)
        done.append(change(chance, data, others))
    if b"OggS" in data[:4] and chance.random() < 0.7:  # else a wrong check sum hides what was done
        _seal_pages(data)
        done.append("sealed")
    return bytes(data), ", ".join(done)


def _place(chance, data):
    """Mostly near a header, sometimes anywhere."""
    where = chance.random()
    if where < 0.15 or not data:
        return chance.randrange(len(data) + 1)
    if where < 0.35:
        return chance.randrange(min(len(data), 256))
    spots = [found.start() for found, _ in zip(_NAMES.finditer(data), range(_MOST_SPOTS), strict=False)]
    start = chance.choice(spots or [0])
    return min(len(data), start + chance.randrange(_NEAR_BYTES))


def _length(chance, most):
    """Small ones as often as large ones."""
    return max(1, int(most ** chance.random()))


def _flip_bits(chance, data, others):
    places = [_place(chance, data) for _ in range(_length(chance, 32))]
    for place in places:
        data[place : place + 1] = bytes(byte ^ 1 << chance.randrange(8) for byte in data[place : place + 1])
    return f"flipped {len(places)} bits from {min(places)}"


def _overwrite(chance, data, others):
    place, length = _place(chance, data), _length(chance, 3000)
    kind = chance.choice((b"\x00", b"\xff", None))
    run = chance.randbytes(length) if kind is None else kind * length
    data[place : place + length] = run[: len(data) - place]
    return f"wrote {length} bytes of {'chance' if kind is None else kind.hex()} at {place}"


def _set_field(chance, data, others):
    form = chance.choice(("B", "<H", ">H", "<I", ">I", "<Q", ">Q"))
    size = struct.calcsize(form)
    value = chance.choice(_EXTREMES) & (1 << 8 * size) - 1
    place = _place(chance, data)
    data[place : place + size] = struct.pack(form, value)[: len(data) - place]
    return f"set {size} bytes at {place} to {value:#x}"


def _truncate(chance, data, others):
    place = _place(chance, data)
    del data[place:]
    return f"cut off at {place}"


def _delete(chance, data, others):
    place, length = _place(chance, data), _length(chance, 30_000)
    del data[place : place + length]
    return f"deleted {length} bytes at {place}"


def _repeat(chance, data, others):
    place, length = _place(chance, data), _length(chance, 30_000)
    data[place:place] = data[place : place + length] * chance.randrange(1, 4)
    return f"repeated {length} bytes at {place}"


def _insert_other(chance, data, others):
    other = chance.choice(others)
    start = _place(chance, other) if chance.random() < 0.5 else 0
    length = len(other) if chance.random() < 0.5 else _length(chance, 30_000)
    place = chance.choice((0, len(data), _place(chance, data)))
    data[place:place] = other[start : start + length]
    return f"put {length} bytes of another file at {place}"


def _move(chance, data, others):
    start, length = _place(chance, data), _length(chance, 30_000)
    block = data[start : start + length]
    del data[start : start + length]
    place = _place(chance, data)
    data[place:place] = block
    return f"moved {length} bytes from {start} to {place}"


_CHANGES = (
    _flip_bits,
    _flip_bits,
    _overwrite,
    _set_field,
    _set_field,
    _set_field,
    _truncate,
    _delete,
    _repeat,
    _insert_other,
    _move,
)


def _seal_pages(data):
    """Give every Ogg page the check sum of what is in it now (RFC 3533)."""
    for found in re.finditer(b"OggS", bytes(data)):
        at = found.start()
        table = at + _OGG_SEGMENTS + 1
        segments = data[table - 1] if table <= len(data) else 0
        end = table + segments + sum(data[table : table + segments])
        if segments and end <= len(data):
            data[at + _OGG_CRC : at + _OGG_CRC + 4] = bytes(4)
            crc = 0
            for byte in data[at:end]:
                crc = crc << 8 & 0xFFFF_FFFF ^ _CRC_TABLE[crc >> 24 ^ byte]
            data[at + _OGG_CRC : at + _OGG_CRC + 4] = struct.pack("<I", crc)


def _crc_of(byte):
    crc = byte << 24
    for _ in range(8):
        crc = (crc << 1 ^ (0x04C1_1DB7 if crc >> 31 else 0)) & 0xFFFF_FFFF
    return crc


_CRC_TABLE = [_crc_of(byte) for byte in range(256)]
