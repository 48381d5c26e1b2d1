"""Whether a sound has a beat: how well its onsets match themselves a little later."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from soniclayer.pipeline.audio_engine import STEP_SAMPLES, Samples
from soniclayer.pipeline.bands import band_levels_db

Values = npt.NDArray[np.float64]

_TICK_SAMPLES = 320  # 20 ms: the finest onset that matters to a beat
_TICKS_PER_STEP = STEP_SAMPLES // _TICK_SAMPLES
_RANGE_DB = 50.0
_SWING_DB = 6.0
"""Deviation of the onsets, added over the bands: white noise has 5.5, standing tones up to 4.8, music 6-300."""

_LISTEN_STEPS = 80
_SHORTEST_STEPS = 40
_EVERY_STEPS = 10
_FASTEST_TICKS, _SLOWEST_TICKS = 12, 101  # 250 to 30 beats a minute


def beat(samples: Samples) -> Values:
    """Strength of the beat (0-1) in the 8 s around each step begun; 0 in less than 4 s."""
    steps = -(-len(samples) // STEP_SAMPLES)
    listen = min(_LISTEN_STEPS, steps)
    if listen < _SHORTEST_STEPS:
        return np.zeros(steps)
    onsets = _onsets(samples, steps * _TICKS_PER_STEP)
    starts = range(0, steps - listen + 1, _EVERY_STEPS)
    found = np.array([_periodicity(onsets[s * _TICKS_PER_STEP :][: listen * _TICKS_PER_STEP]) for s in starts])
    nearest = np.rint((np.arange(steps) - listen / 2) / _EVERY_STEPS).astype(int)
    values: Values = found[np.clip(nearest, 0, len(found) - 1)]
    return values


def _onsets(samples: Samples, ticks: int) -> Values:
    """How much louder the bands get in each tick, in dB, added up. A drum is loud in some, also in a dense mix."""
    levels = band_levels_db(samples, _TICK_SAMPLES, ticks + 1)
    levels = np.maximum(levels, levels.max(axis=0) - _RANGE_DB)
    onsets: Values = np.maximum(np.diff(levels, axis=0), 0).sum(axis=1)
    return onsets


def _periodicity(onsets: Values) -> float:
    if onsets.std() < _SWING_DB:
        return 0.0
    onsets = onsets - onsets.mean()
    size = 2 * len(onsets)
    match = np.fft.irfft(np.abs(np.fft.rfft(onsets, size)) ** 2, size)[:_SLOWEST_TICKS]
    match *= len(onsets) / (len(onsets) - np.arange(_SLOWEST_TICKS))
    return float(match[_FASTEST_TICKS:].max() / max(match[0], 1e-9))
