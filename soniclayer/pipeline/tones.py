"""What tones there are in a sound: how much of it they are, whether they are in tune, hold, and change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from soniclayer.pipeline.audio_engine import STEP_SAMPLES, Samples
from soniclayer.pipeline.speech_model import SAMPLE_RATE_HZ

Values = npt.NDArray[np.float64]

_STANDS_OUT = 10.0
"""10 dB over the median of a band of 188 Hz: 1 in 1,000 bins of white noise (exponential distribution)."""

_FRAME_SAMPLES = 2048
_BAND_BINS = 24
_FIRST_BIN, _LAST_BIN = 24, 768
_FRAMES_AT_ONCE = 256  # bounds the memory of a spectrum to some 4 MB

_NEXT_STEPS, _LATER_STEPS = 1, 5

_LOWEST_NOTE_BIN, _HIGHEST_NOTE_BIN = 12, 384  # 94-3,000 Hz: above, tones are mostly overtones
_NOTES = 8
_NOTE_OVER_MEDIAN = 6.0
_SEMITONES = 12


@dataclass(frozen=True)
class Tones:
    """One value per step of 100 ms for each.

    `share` (0-1): the part of the power (188-6,000 Hz) in bins that stand out of their neighbourhood.
    `change_soon`, `change_later` (0-1): how much the pattern of those bins differs from 0.1 s and from 0.5 s before
    (1 - cosine similarity).
    `tuning`, `weight`: where the strongest tones lie between two semitones, as the sum of weighted unit vectors, and
    the sum of their weights. Over some time they add up when the tones keep to one scale.
    """

    share: Values
    change_soon: Values
    change_later: Values
    tuning: npt.NDArray[np.complex128]
    weight: Values


def tones(samples: Samples) -> Tones:
    """The tones of every step begun in `samples`."""
    steps = -(-len(samples) // STEP_SAMPLES)
    whole = np.pad(samples, (0, steps * STEP_SAMPLES + _FRAME_SAMPLES - len(samples)))
    frames = np.lib.stride_tricks.sliding_window_view(whole, _FRAME_SAMPLES)[::STEP_SAMPLES][:steps]
    found = [_of_frames(frames[at : at + _FRAMES_AT_ONCE]) for at in range(0, steps, _FRAMES_AT_ONCE)]
    share, tonal, tuning, weight = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Tones(share, _change(tonal, _NEXT_STEPS), _change(tonal, _LATER_STEPS), tuning, weight)


def _of_frames(frames: Samples) -> tuple[Values, Samples, npt.NDArray[np.complex128], Values]:
    """Share, amplitudes of the bins that stand out (0 elsewhere), tuning and weight, per frame."""
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(_FRAME_SAMPLES).astype(np.float32), axis=1))
    power = spectrum[:, _FIRST_BIN:_LAST_BIN] ** 2
    bands = power.reshape(len(power), -1, _BAND_BINS)
    floor = np.partition(bands, _BAND_BINS // 2, axis=2)[:, :, _BAND_BINS // 2]
    tonal = np.where(bands > _STANDS_OUT * floor[:, :, None], bands, 0).reshape(power.shape)
    share = tonal.sum(axis=1) / np.maximum(power.sum(axis=1), 1e-12)
    return share.astype(np.float64), np.sqrt(tonal).astype(np.float32), *_tuning(spectrum)


def _tuning(spectrum: npt.NDArray[np.floating]) -> tuple[npt.NDArray[np.complex128], Values]:
    """The strongest peaks, each placed between bins by a parabola through the logarithms beside it."""
    log = np.log(spectrum[:, _LOWEST_NOTE_BIN - 1 : _HIGHEST_NOTE_BIN + 2] + 1e-9)
    before, here, after = log[:, :-2], log[:, 1:-1], log[:, 2:]
    peak = (here > before) & (here >= after)
    peak &= here > np.median(here, axis=1, keepdims=True) + np.log(_NOTE_OVER_MEDIAN)
    strength = np.where(peak, here, -np.inf)
    peak &= strength >= np.partition(strength, -_NOTES, axis=1)[:, -_NOTES, None]
    offset = 0.5 * (before - after) / np.minimum(before - 2 * here + after, -1e-9)
    frequency_hz = (np.arange(_LOWEST_NOTE_BIN, _HIGHEST_NOTE_BIN + 1) + offset) * SAMPLE_RATE_HZ / _FRAME_SAMPLES
    loudest = here.max(axis=1, keepdims=True)
    weights = np.where(peak, np.exp((here - loudest) / 2), 0).astype(np.float64)  # roots: the bass is not all
    turns = _SEMITONES * np.log2(np.maximum(frequency_hz, 1.0))
    return (weights * np.exp(2j * np.pi * turns)).sum(axis=1), weights.sum(axis=1)


def _change(tonal: Samples, lag_steps: int) -> Values:
    """1 - cosine similarity with `lag_steps` before; 0 where there is nothing to compare."""
    change = np.zeros(len(tonal))
    if len(tonal) <= lag_steps:
        return change
    before, now = tonal[:-lag_steps], tonal[lag_steps:]
    lengths = np.linalg.norm(before, axis=1) * np.linalg.norm(now, axis=1)
    likeness = np.einsum("ij,ij->i", before, now) / np.maximum(lengths, 1e-12)
    change[lag_steps:] = np.where(lengths > 0, 1 - likeness, 0)
    change[:lag_steps] = change[lag_steps]
    return change
