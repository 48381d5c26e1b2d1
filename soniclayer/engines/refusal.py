"""Why a file could not be opened, in words: what it looks like, and what is wrong with that."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, BinaryIO

from soniclayer.engines.ends import mp4_boxes
from soniclayer.errors import InputError

if TYPE_CHECKING:
    import av

_ACCEPTED = "WAV, MP3, FLAC, Ogg, AAC, MP4/M4A and WebM/Matroska"

_BEGINNINGS = {b"RIFF": "WAV", b"RF64": "WAV", b"fLaC": "FLAC", b"OggS": "Ogg", b"\x1aE\xdf\xa3": "WebM/Matroska"}
"""First four bytes of formats that begin with a name; MP4 has its own at the fifth."""


def refusal(file: BinaryIO, error: av.FFmpegError | ValueError) -> InputError:
    """The error for a file that FFmpeg would not open.

    Args:
        file: the file, seekable.
        error: what FFmpeg said; it calls most things `Invalid data`, and a format that we forbid `Invalid argument`.
    """
    file.seek(0)
    beginning = file.read(8)
    like = _BEGINNINGS.get(beginning[:4])
    if beginning[4:] == b"ftyp":
        like = "MP4"
        if b"moov" not in mp4_boxes(file):
            cause = "an MP4 without its index (moov): it was cut off or damaged, or never finished"
            return InputError(f"no readable audio file: {cause}", code="undecodable")
    if like:
        cause = f"it begins like {like}, but its headers are damaged"
    elif getattr(error, "errno", None) == errno.EINVAL:
        cause = f"its format is not accepted; {_ACCEPTED} are"
    else:
        cause = f"no sign of {_ACCEPTED.replace(' and ', ' or ')} in it"
    return InputError(f"no readable audio file: {cause}", code="undecodable")
