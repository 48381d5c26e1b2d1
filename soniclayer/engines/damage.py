"""What was wrong with a file that could be read all the same, in one line."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_TOLERATED_BAD_PACKETS = 2
"""A healthy MP3 may begin inside a frame and end in a tag: so many bad packets at an edge are no damage."""

_SHORTFALL_S = {"wav": 0.1, "flac": 0.1, "mp3": float("inf"), "aac": float("inf")}
_USUAL_SHORTFALL_S = 1.0
"""So much less than announced is damage. WAV and FLAC count samples; MP3 and ADTS only guess by bit rate."""

_NO_SIZE = 0x7FFF_0000
"""A WAV written to a pipe announces a size from here on (ffmpeg, sox), for want of a better one."""


class Damage:
    """Counts what went wrong while a file was read."""

    def __init__(self) -> None:
        self.decoded_s = 0.0
        self.read_error: str | None = None
        self._bad = 0
        self._bad_before_good = 0
        self._first_bad_s = 0.0

    def good(self, duration_s: float) -> None:
        """A frame of this length was decoded."""
        self.decoded_s += duration_s
        self._bad_before_good = self._bad

    def bad(self) -> None:
        """A packet or frame could not be used."""
        if not self._bad:
            self._first_bad_s = self.decoded_s
        self._bad += 1

    def line(self, container: str, announced_s: float | None) -> str | None:
        """All of it in one line; None for a healthy file.

        Args:
            container: FFmpeg's name of the format.
            announced_s: the duration that the header announces, None when it says nothing.
        """
        faults = []
        inside = self._bad_before_good and self._first_bad_s > 0
        if inside or self._bad > _TOLERATED_BAD_PACKETS:
            faults.append(f"bad packets: {self._bad}, the first at {self._first_bad_s:.1f} s")
        if self.read_error:
            faults.append(f"reading stopped at {self.decoded_s:.1f} s: {self.read_error}")
        announced_s = announced_s or 0.0
        if announced_s - self.decoded_s > _SHORTFALL_S.get(container, _USUAL_SHORTFALL_S):
            faults.append(f"{self.decoded_s:.1f} s of the {announced_s:.1f} s that its header announces can be read")
        return "; ".join(faults) or None


def wav_announced_s(path: Path) -> float | None:
    """Duration that the `data` chunk of a WAV announces, or None; FFmpeg itself tells only what is there."""
    with path.open("rb") as file:
        file.seek(12)
        bytes_per_s = 0
        while len(header := file.read(8)) == 8:  # noqa: PLR2004 - name and size of a chunk
            name, size = struct.unpack("<4sI", header)
            if name == b"data":
                return size / bytes_per_s if bytes_per_s and size < _NO_SIZE else None
            body = file.read(12) if name == b"fmt " else b""
            if len(body) == 12:  # noqa: PLR2004 - up to the field wanted
                (bytes_per_s,) = struct.unpack_from("<I", body, 8)
            file.seek(size + size % 2 - len(body), 1)
    return None
