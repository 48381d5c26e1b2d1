"""What a recording is to a browser, by its first bytes; never anything that a browser would run or show as a page."""

from __future__ import annotations

import re

HEAD_BYTES = 64
UNKNOWN = "application/octet-stream"

_TYPES: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), media_type)
    for pattern, media_type in (
        (rb"(RIFF|RF64|BW64|riff).{4}WAVE", "audio/wav"),
        (rb"FORM.{4}AIF[FC]", "audio/aiff"),
        (rb"fLaC", "audio/flac"),
        (rb"OggS", "audio/ogg"),
        (rb"\x1aE\xdf\xa3.*webm", "audio/webm"),
        (rb"\x1aE\xdf\xa3", "audio/x-matroska"),
        (rb".{4}ftyp", "audio/mp4"),
        (rb"#!AMR", "audio/amr"),
        (rb"ID3", "audio/mpeg"),
        (rb"\xff[\xf0\xf1\xf8\xf9]", "audio/aac"),
        (rb"\xff[\xe0-\xff]", "audio/mpeg"),
    )
)

MEDIA_TYPES = (*dict.fromkeys(media_type for _, media_type in _TYPES), UNKNOWN)
"""All that `media_type_of` may say."""


def media_type_of(head: bytes) -> str:
    """The media type of a file that starts so."""
    return next((media_type for pattern, media_type in _TYPES if pattern.match(head)), UNKNOWN)
