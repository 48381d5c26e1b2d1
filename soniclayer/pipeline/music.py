"""Music or noise? Music has tones that move, or a beat; noise has neither, hum and test tones stand still.

Three numbers per step of 100 ms:

- tonal share: the part of the power (188-6,000 Hz) in bins that stand out of their neighbourhood. Noise of
  any colour has next to none, whatever its level.
- motion: how much the pattern of those bins differs from half a second before (1 - cosine similarity).
- beat: how well the onsets of 8 s match themselves 0.25-2 s later (autocorrelation), where the level moves.

Measured on clips of 9-45 s, means over 5 s:

| what | share | motion | beat |
|---|---|---|---|
| white, pink, brown noise, rain, applause, crowd | 0.01-0.06 | any | 0.10-0.23 |
| mains hum, test tones, DTMF | 0.5-1.0 | 0.00-0.02 | level stands still |
| drum loops (Sonic Pi samples) | 0.08-0.18 | 0.5-1.0 | 0.6-0.97 |
| pads, melodies, station music | 0.3-0.99 | 0.08-1.0 | 0.2-1.0 |
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from soniclayer.pipeline.audio_engine import STEP_SAMPLES, Samples
from soniclayer.pipeline.levels import step_levels_dbfs

Values = npt.NDArray[np.float64]

_TONAL_SHARE = 0.25
_MOTION = 0.05
_BEAT = 0.4
_LEVEL_SWING_DB = 3.0
"""From these on it is music: between what was measured. The swing is the level's standard deviation."""

_STANDS_OUT = 10.0
"""10 dB over the median of a band of 188 Hz: 1 in 1,000 bins of white noise (exponential distribution)."""

_FRAME_SAMPLES = 2048
_BAND_BINS = 24
_FIRST_BIN, _LAST_BIN = 24, 768
_LAG_STEPS = 5
_SMOOTHING_STEPS = 50
_FRAMES_AT_ONCE = 256  # bounds the memory of a spectrum to some 4 MB

_TICK_SAMPLES = 320  # 20 ms: the finest onset that matters to a beat
_TICKS_PER_STEP = STEP_SAMPLES // _TICK_SAMPLES
_BEAT_STEPS = 80
_BEAT_EVERY_STEPS = 10
_FASTEST_TICKS, _SLOWEST_TICKS = 12, 101  # 240 to 30 beats a minute
_FLOOR_DBFS = -60.0


def is_music(samples: Samples) -> npt.NDArray[np.bool_]:
    """Whether each step begun in `samples` (one stretch of sound without speech) is music."""
    if not len(samples):
        return np.zeros(0, np.bool_)
    share, motion = tonal_share_and_motion(samples)
    tonal = (_smooth(share) >= _TONAL_SHARE) & (_smooth(motion) >= _MOTION)
    music: npt.NDArray[np.bool_] = tonal | (beat(samples) >= _BEAT)
    return music


def tonal_share_and_motion(samples: Samples) -> tuple[Values, Values]:
    """Tonal share and motion (each 0-1) per step begun in `samples`."""
    steps = -(-len(samples) // STEP_SAMPLES)
    whole = np.pad(samples, (0, steps * STEP_SAMPLES + _FRAME_SAMPLES - len(samples)))
    frames = np.lib.stride_tricks.sliding_window_view(whole, _FRAME_SAMPLES)[::STEP_SAMPLES][:steps]
    found = [_tones(frames[at : at + _FRAMES_AT_ONCE]) for at in range(0, steps, _FRAMES_AT_ONCE)]
    return np.concatenate([share for share, _ in found]), _motion(np.concatenate([tones for _, tones in found]))


def beat(samples: Samples) -> Values:
    """Strength of the beat (0-1) per step begun; 0 where the level hardly moves, or under 8 s."""
    levels = np.maximum(step_levels_dbfs(samples, _TICK_SAMPLES), _FLOOR_DBFS).astype(np.float64)
    steps = -(-len(samples) // STEP_SAMPLES)
    starts = range(0, steps - _BEAT_STEPS + 1, _BEAT_EVERY_STEPS)
    if not starts:
        return np.zeros(steps)
    length = _BEAT_STEPS * _TICKS_PER_STEP
    found = np.array([_periodicity(levels[s * _TICKS_PER_STEP :][:length]) for s in starts])
    nearest = np.rint((np.arange(steps) - _BEAT_STEPS / 2) / _BEAT_EVERY_STEPS).astype(int)
    values: Values = found[np.clip(nearest, 0, len(found) - 1)]
    return values


def _tones(frames: Samples) -> tuple[Values, Samples]:
    """Share of the power that stands out, and the amplitudes of what does (0 elsewhere), per frame."""
    window = np.hanning(_FRAME_SAMPLES).astype(np.float32)
    power = np.abs(np.fft.rfft(frames * window, axis=1)[:, _FIRST_BIN:_LAST_BIN]) ** 2
    bands = power.reshape(len(power), -1, _BAND_BINS)
    floor = np.partition(bands, _BAND_BINS // 2, axis=2)[:, :, _BAND_BINS // 2]
    tonal = np.where(bands > _STANDS_OUT * floor[:, :, None], bands, 0).reshape(power.shape)
    share = tonal.sum(axis=1) / np.maximum(power.sum(axis=1), 1e-12)
    return share.astype(np.float64), np.sqrt(tonal).astype(np.float32)


def _motion(tones: Samples) -> Values:
    """1 - cosine similarity with the step _LAG_STEPS before; 0 where there is nothing to compare."""
    motion = np.zeros(len(tones))
    if len(tones) <= _LAG_STEPS:
        return motion
    before, now = tones[:-_LAG_STEPS], tones[_LAG_STEPS:]
    lengths = np.linalg.norm(before, axis=1) * np.linalg.norm(now, axis=1)
    likeness = np.einsum("ij,ij->i", before, now) / np.maximum(lengths, 1e-12)
    motion[_LAG_STEPS:] = np.where(lengths > 0, 1 - likeness, 0)
    motion[:_LAG_STEPS] = motion[_LAG_STEPS]
    return motion


def _periodicity(levels: Values) -> float:
    if levels.std() < _LEVEL_SWING_DB:
        return 0.0
    onsets = np.maximum(np.diff(levels), 0)
    onsets -= onsets.mean()
    size = 2 * len(onsets)
    match = np.fft.irfft(np.abs(np.fft.rfft(onsets, size)) ** 2, size)[:_SLOWEST_TICKS]
    match *= len(onsets) / (len(onsets) - np.arange(_SLOWEST_TICKS))
    return float(match[_FASTEST_TICKS:].max() / max(match[0], 1e-9))


def _smooth(values: Values) -> Values:
    """Mean over _SMOOTHING_STEPS around each value, over fewer at the edges."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    low = np.maximum(at - _SMOOTHING_STEPS // 2, 0)
    high = np.minimum(at + _SMOOTHING_STEPS // 2 + 1, len(values))
    smooth: Values = (sums[high] - sums[low]) / (high - low)
    return smooth
