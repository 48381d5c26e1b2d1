"""What was wrong with a file that could be read all the same, in one line."""

from __future__ import annotations

_TOLERATED_BAD_PACKETS = 2
"""A healthy MP3 may begin inside a frame and end in a tag: so many bad packets at an edge are no damage."""

_SHORTFALL_S = {"wav": 0.1, "flac": 0.1}
_USUAL_SHORTFALL_S = 0.5
"""So much less than announced is damage. WAV and FLAC count samples, others round or count the video's end."""


class Damage:
    """Counts what went wrong while a file was read."""

    def __init__(self) -> None:
        self.decoded_s = 0.0
        self.read_error: str | None = None
        self.cut_off = False
        self.goes_on = False
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

    def left_out(self, duration_s: float) -> None:
        """A frame of this length was good, but could not be used."""
        self.decoded_s -= duration_s
        self.bad()

    def line(self, container: str, announced_s: float | None) -> str | None:
        """All of it in one line; None for a healthy file.

        Args:
            container: FFmpeg's name of the format.
            announced_s: the duration that the header announces, None when it says nothing or guesses.
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
        elif self.cut_off:
            faults.append(f"the file was cut off at {self.decoded_s:.1f} s, its end is missing")
        if self.goes_on:
            faults.append(f"a second file follows the first after {self.decoded_s:.1f} s of sound, and is not read")
        return "; ".join(faults) or None
