"""Where one sound gives way to another: a stretch is cut where its two parts are steadiest in themselves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from soniclayer.pipeline.audio_engine import STEP_SAMPLES, Samples
from soniclayer.pipeline.bands import band_levels_db

Values = npt.NDArray[np.float64]

SHORTEST_S = 5.0
"""The smallest region that becomes a segment (DESIGN.md)."""

_PER_S = 20
_SHORTEST = round(SHORTEST_S * _PER_S)
_STEADIEST_DB = 1.0
"""No stretch counts as steadier than this: in digital silence nothing varies at all."""

_GAIN = 100.0
"""Twice the log likelihood that a cut must win per band. From music to noise and back it won 95-1,000, inside music 55
(median) to 216 (one in 20 more). A cut too many does little harm: both pieces are named, and alike they are one."""


def stretches(samples: Samples) -> list[tuple[int, int]]:
    """First step and one past the last step of each sound, 5 s or longer unless all is shorter; they tile `samples`."""
    steps = -(-len(samples) // STEP_SAMPLES)
    sums = _Sums(band_levels_db(samples, STEP_SAMPLES // 2, 2 * steps))
    return [(first // 2, end // 2) for first, end in _cut(sums, 0, 2 * steps)]


class _Sums:
    """Gives the unsteadiness of any stretch of levels: were they normally distributed, -2 log likelihood."""

    def __init__(self, levels: Values) -> None:
        levels = levels - levels.mean(axis=0)  # keeps the sums small, and so exact
        nothing = np.zeros((1, levels.shape[1]))
        self._sums = np.concatenate([nothing, np.cumsum(levels, axis=0)])
        self._squares = np.concatenate([nothing, np.cumsum(levels**2, axis=0)])

    def unsteadiness(self, first: npt.NDArray[np.int64], end: npt.NDArray[np.int64]) -> Values:
        """The mean over the bands, for each pair of `first` and `end`."""
        lengths = (end - first)[:, None]
        mean = (self._sums[end] - self._sums[first]) / lengths
        variance = (self._squares[end] - self._squares[first]) / lengths - mean**2
        found: Values = (lengths * np.log(np.maximum(variance, 0) + _STEADIEST_DB**2)).mean(axis=1)
        return found


def _cut(sums: _Sums, first: int, end: int) -> list[tuple[int, int]]:
    places = np.arange(first + _SHORTEST, end - _SHORTEST + 1, 2)
    if not len(places):
        return [(first, end)]
    starts, ends = np.full_like(places, first), np.full_like(places, end)
    split = sums.unsteadiness(starts, places) + sums.unsteadiness(places, ends)
    best = int(split.argmin())
    if sums.unsteadiness(starts[:1], ends[:1])[0] - split[best] < _GAIN:
        return [(first, end)]
    return _cut(sums, first, int(places[best])) + _cut(sums, int(places[best]), end)
