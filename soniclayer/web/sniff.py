"""Whether bytes may be audio, by what they are and not by what they are called. `prepare` has the last word."""

from __future__ import annotations

import re

import puremagic

from soniclayer.errors import UploadRefused

HEAD_BYTES = 4096
"""So much of the beginning is looked at."""

_SOUND = re.compile(
    rb"(RIFF|RF64|BW64|riff).{4}WAVE|ID3|fLaC|OggS|\x1aE\xdf\xa3|.{4}(ftyp|moov|mdat|free|skip|wide)|\xff[\xe0-\xff]",
    re.DOTALL,
)
"""WAV, MP3 with tags, FLAC, Ogg, Matroska/WebM, MP4/M4A, bare frames of MP3 and AAC: whatever else they look like."""

_NOT_SOUND = re.compile(
    r"text/|image/|font/|application/(pdf|zip|gzip|x-(tar|gzip|7z|rar|bzip|xz|executable|msdownload|dosexec|elf|sharedlib"
    r"|mach|object|sqlite3?|debian|rpm|java|shockwave)|vnd\.(ms-|openxml|oasis|microsoft|rar)|java|msword|postscript|rtf"
    r"|json|xml|wasm)"
)
_NOT_SOUND_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "a zip archive"),
    (b"%PDF-", "a PDF document"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
)
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
"""Byte order marks: text in UTF-8, UTF-16."""

_CONTROL = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")


def refuse_what_is_no_audio(head: bytes) -> None:
    """Refuse what is clearly something else; what is not known may be audio.

    Args:
        head: the first HEAD_BYTES, or the whole of a shorter file.

    Raises:
        UploadRefused: `not_audio`.
    """
    found = _something_else(head)
    if found:
        raise UploadRefused(
            f"the file is {found}: need audio, such as WAV, MP3, FLAC, Ogg, M4A or WebM", code="not_audio"
        )


def _something_else(head: bytes) -> str | None:
    for beginning, what in _NOT_SOUND_BEGINNINGS:
        if head.startswith(beginning):
            return what
    if not head.startswith(_MARKS) and _SOUND.match(head):
        return None
    if _is_text(head):
        return "text"
    try:
        guess = puremagic.magic_string(head)[0]
    except (puremagic.PureError, ValueError, IndexError):
        return None
    return f"{guess.name or guess.mime_type}" if _NOT_SOUND.match(guess.mime_type) else None


def _is_text(head: bytes) -> bool:
    if head.startswith(_MARKS):
        return True
    whole = len(head) < HEAD_BYTES
    try:
        (head if whole else head[: head.rfind(b"\n") + 1] or head[:-3]).decode()
    except UnicodeDecodeError:
        return False
    return not _CONTROL.intersection(head)
