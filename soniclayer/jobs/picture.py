"""The picture of a recording, peaks and loudness, put together from those of its windows."""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from soniclayer.domain.window import Peaks
from soniclayer.errors import ObjectMissing
from soniclayer.pipeline.loudness import each_second

if TYPE_CHECKING:
    from soniclayer.storage.run import Run


@dataclass(frozen=True)
class PictureSoFar:
    """What there is of the picture. `version` changes when that does: an ETag; `complete` when all was read."""

    picture: Peaks
    version: str
    complete: bool


def picture_version(run: Run) -> str:
    """The version of what `picture_so_far` would give, without reading it."""
    return _version(run, None if run.has_peaks() else run.published())


def picture_so_far(run: Run) -> PictureSoFar:
    """That of all windows published so far; of a recording that was read to its end from one object alone.

    What older releases have stored lacks the loudness: it is taken from the windows.
    """
    try:
        picture = run.peaks()
    except ObjectMissing:
        windows = run.published()
        return PictureSoFar(picture_of(run, windows), _version(run, windows), complete=False)
    if picture.loudness_lufs is None:
        picture = replace(picture, loudness_lufs=picture_of(run, run.published()).loudness_lufs)
    return PictureSoFar(picture, _version(run, None), complete=True)


def picture_of(run: Run, windows: int) -> Peaks:
    """The picture of so many windows, from the first on."""
    peaks, momentary_lufs = array("B"), array("f")
    for number in range(windows):
        window = run.window(number)
        peaks.extend(window.peaks)
        momentary_lufs.extend(window.momentary_lufs)
    return Peaks(tuple(peaks), each_second(momentary_lufs))


def _version(run: Run, windows: int | None) -> str:
    """Of the picture of so many windows, None = of all; the fields it has are part of it."""
    return hashlib.sha256(f"{run.recording.run} peaks loudness {windows}".encode()).hexdigest()[:32]
