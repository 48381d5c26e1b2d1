"""A window: a stretch of a recording cut at silences, the unit of work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RegionKind = Literal["speech", "music", "noise", "silence"]

METER_STEP_S = 0.1
"""One loudness and one peak value stand for this long (EBU Tech 3341: momentary loudness every 100 ms)."""

LOUDNESS_STEP_S = 1.0
"""One value of a recording's loudness stands for this long: as fine as a picture of hours can show."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, in seconds."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s


@dataclass(frozen=True)
class Region(Span):
    """A stretch of one kind. The regions of a window tile it."""

    kind: RegionKind


@dataclass(frozen=True)
class Window(Span):
    """One window, as `prepare` published it. All times are from the start of the recording.

    `speech` are the spans with voice in them (what Whisper gets to hear); `regions` tile the window.
    `momentary_lufs` and `peaks` hold one value per METER_STEP_S: loudness (LUFS, EBU R128 momentary), and the
    largest absolute sample as 0-100.
    """

    number: int
    speech: tuple[Span, ...]
    regions: tuple[Region, ...]
    language: str | None
    momentary_lufs: tuple[float, ...]
    peaks: tuple[int, ...]


@dataclass(frozen=True)
class Expected:
    """How long the file says it is; files lie. 0 when it does not say."""

    duration_s: float


@dataclass(frozen=True)
class Peaks:
    """The picture of a recording: the largest absolute sample of every METER_STEP_S, as 0-100.

    `loudness_lufs` has a value for every LOUDNESS_STEP_S begun, None where that is silent (see `pipeline.loudness`); it
    is missing in what older releases have stored.
    """

    peaks: tuple[int, ...]
    loudness_lufs: tuple[float | None, ...] | None = None


@dataclass(frozen=True)
class PreparedWindow:
    """A window and its sound: 16 kHz mono FLAC, from `window.start_s` to `window.end_s`."""

    window: Window
    flac: bytes


@dataclass(frozen=True)
class Plan:
    """The facts of `prepare`; its presence closes the list of windows.

    `damage` says in one line why reading ended early, None when everything could be read. `unsuited` says in a few
    words why browsers would not play and seek the source exactly, None when they do.
    """

    windows: int
    duration_s: float
    container: str
    codec: str
    sample_rate_hz: int
    channels: int
    language: str | None
    language_probability: float | None
    loudness_lufs: float | None
    dead_air: tuple[Span, ...]
    damage: str | None
    unsuited: str | None = None
