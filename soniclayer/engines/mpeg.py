"""Frames and tags of MP2, MP3 and ADTS (raw AAC) files, as far as it takes to see that one was cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HEAD_BYTES = 16
"""So much of a frame or tag tells its length."""

_KBPS = {
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES_HZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
"""By the fields of a header: whether MPEG-1 and the layer; the version (ISO 11172-3, 13818-3 2.4.2.3, MPEG-2.5)."""

_MPEG_1 = 3
_COUNT_WITHIN_BYTES = 64
"""The count stands 4 + 32 + 14 bytes from the beginning of the first frame at the latest."""


def frame_kbps(head: bytes) -> int:
    """The bit rate of the MP2 or MP3 frame that begins with these HEAD_BYTES; 0 when they do not say."""
    if len(head) < HEAD_BYTES or not _rate_hz(head):
        return 0
    bit_rates, place = _KBPS[_is_mpeg_1(head), _layer(head)], head[2] >> 4
    return bit_rates[place] if place < len(bit_rates) else 0


def frame_bytes(head: bytes) -> int:
    """How long the frame is that begins with these HEAD_BYTES; 0 when they do not say."""
    if len(head) < HEAD_BYTES or head[0] != 0xFF:  # noqa: PLR2004 - sync
        return 0
    if head[1] & 0xF6 == 0xF0:  # noqa: PLR2004 - sync and layer 0 is ADTS, ISO 14496-3 1.A.2.2
        return (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    kbps = frame_kbps(head)
    return _frame_samples(head) // 8 * 1000 * kbps // _rate_hz(head) + (head[2] >> 1 & 1) if kbps else 0


def tag_bytes(head: bytes) -> int:
    """How long the tag is that begins with these HEAD_BYTES (ID3, APE, Lyrics3); 0 when it is none."""
    if len(head) < HEAD_BYTES:
        return 0
    if head[:3] == b"ID3":
        return 10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9])
    if head[:8] == b"APETAGEX":
        return 32 + int.from_bytes(head[12:16], "little")
    return 128 if head[:3] == b"TAG" or head[:11] == b"LYRICSBEGIN" else 0


def mp3_announced_s(path: Path) -> float | None:
    """How long an MP3 says it is, by a count of its frames (Xing, Info or VBRI); None when it has none."""
    with path.open("rb") as file:
        file.seek(tag_bytes(file.read(HEAD_BYTES)))
        first = file.read(_COUNT_WITHIN_BYTES)
    rate_hz = _rate_hz(first) if len(first) == _COUNT_WITHIN_BYTES else 0
    if not rate_hz:
        return None
    at = first.find(b"VBRI") + 14
    if b"VBRI" not in first:
        name = max(first.find(b"Xing"), first.find(b"Info"))
        if name < 0 or not first[name + 7] & 1:
            return None
        at = name + 8
    return int.from_bytes(first[at : at + 4], "big") * _frame_samples(first) / rate_hz


def _is_mpeg_1(head: bytes) -> bool:
    return head[1] >> 3 & 3 == _MPEG_1


def _layer(head: bytes) -> int:
    return 4 - (head[1] >> 1 & 3)


def _rate_hz(head: bytes) -> int:
    """The sample rate of an MP2 or MP3 frame; 0 for what is none."""
    rates_hz, place = _RATES_HZ.get(head[1] >> 3 & 3, ()), head[2] >> 2 & 3
    is_frame = head[0] == 0xFF and head[1] >= 0xE0 and _layer(head) in {2, 3}  # noqa: PLR2004 - sync
    return rates_hz[place] if is_frame and place < len(rates_hz) else 0


def _frame_samples(head: bytes) -> int:
    return 1152 if _is_mpeg_1(head) or _layer(head) == 2 else 576  # noqa: PLR2004 - layer II
