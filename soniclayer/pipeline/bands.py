"""Levels in eight bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from soniclayer.pipeline.audio_engine import Samples

Values = npt.NDArray[np.float64]

_FRAME_SAMPLES = 512
_BAND_EDGES = (2, 4, 7, 13, 23, 42, 77, 141, 257)
"""Bins of 31 Hz: eight bands of equal width to the ear."""

_FLOOR = 1e-7
_FRAMES_AT_ONCE = 1024


def band_levels_db(samples: Samples, hop_samples: int, count: int) -> Values:
    """Levels of `count` frames of 32 ms, one every `hop_samples`, shape (count, 8); in dB of any zero point."""
    whole = np.pad(samples, (0, max(0, count * hop_samples + _FRAME_SAMPLES - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(whole, _FRAME_SAMPLES)[::hop_samples][:count]
    window = np.hanning(_FRAME_SAMPLES).astype(np.float32)
    parts = []
    for at in range(0, count, _FRAMES_AT_ONCE):
        power = np.abs(np.fft.rfft(frames[at : at + _FRAMES_AT_ONCE] * window, axis=1)) ** 2
        parts.append(np.add.reduceat(power, _BAND_EDGES[:-1], axis=1))
    levels: Values = 10 * np.log10(np.maximum(np.concatenate(parts), _FLOOR))
    return levels
