"""Level and peak per step, dead air, and runs of equal values."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from soniclayer.domain.window import METER_STEP_S, Span
from soniclayer.pipeline.audio_engine import STEP_SAMPLES, Samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

SILENCE_DBFS = -60.0
"""Below this RMS level a step is silent: under the noise floor of a studio, above dither and coder noise."""

DEAD_AIR_S = 5.0
"""Silence this long is dead air (DESIGN.md; broadcast silence detectors are set between 5 and 30 s)."""


def step_levels_dbfs(samples: Samples, step_samples: int = STEP_SAMPLES) -> npt.NDArray[np.float32]:
    """RMS level per step begun, in dB of full scale; -120 for nothing at all."""
    starts = np.arange(0, len(samples), step_samples)
    if not starts.size:
        return np.zeros(0, np.float32)
    lengths = np.minimum(step_samples, len(samples) - starts)
    power = np.add.reduceat(np.square(samples, dtype=np.float64), starts) / lengths
    return (10 * np.log10(np.maximum(power, 1e-12))).astype(np.float32)


def step_peaks(samples: Samples) -> tuple[int, ...]:
    """Largest absolute sample per step begun, as 0-100."""
    starts = np.arange(0, len(samples), STEP_SAMPLES)
    if not starts.size:
        return ()
    peaks = np.maximum.reduceat(np.abs(samples), starts)
    return tuple(np.rint(np.minimum(peaks, 1) * 100).astype(int).tolist())


def dead_air(levels_dbfs: Sequence[float]) -> tuple[Span, ...]:
    """Stretches of DEAD_AIR_S or more in which every step is silent; one level per step, from the start."""
    silent = np.asarray(levels_dbfs) < SILENCE_DBFS
    return tuple(
        Span(first / 10, last / 10)
        for first, last in runs(silent)
        if silent[first] and (last - first) * METER_STEP_S >= DEAD_AIR_S
    )


def runs(values: npt.NDArray[np.generic]) -> list[tuple[int, int]]:
    """First index and one past the last index of each run of equal values."""
    if not values.size:
        return []
    edges = [0, *(np.flatnonzero(values[1:] != values[:-1]) + 1).tolist(), len(values)]
    return list(pairwise(edges))
