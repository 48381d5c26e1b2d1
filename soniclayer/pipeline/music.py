"""Music or noise? Music has tones that move on a scale or from note to note, or a beat.

Noise has no tones, or they stand still (hum, test tones), or they glide and chatter (birds, machines).
`docs/hearing.md` has what was measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from soniclayer.pipeline.beat import beat
from soniclayer.pipeline.tones import tones

if TYPE_CHECKING:
    import numpy.typing as npt

    from soniclayer.pipeline.audio_engine import Samples

_TONAL_SHARE = 0.25
"""Noise of any colour has 0.01-0.06, birds and machines up to 0.9; music without drums 0.3-0.99."""

_MOTION = 0.05
"""Hum and test tones stay under 0.02, music changes by 0.3-0.9 in half a second."""

_IN_TUNE = 0.35
"""Tones of birds, machines and traffic add up to 0.02-0.3, of tuned instruments to 0.35-0.95."""

_HELD, _NOTE_ENDS = 0.65, 0.13
"""A note changes less than this in 0.1 s, and this much more in 0.5 s."""

_BEAT = 0.4
"""Noise of 8 s reaches 0.35, drum loops 0.45-0.97. Of 5 s: 0.4, a train passing."""

_SMOOTHING_STEPS = 50


def is_music(samples: Samples) -> bool:
    """Whether a stretch of one sound, without speech, is music: whether most of it is, looked at 5 s at a time."""
    if not len(samples):
        return False
    found = tones(samples)
    soon, later = _smooth(found.change_soon), _smooth(found.change_later)
    in_tune = np.abs(_smooth(found.tuning)) >= _IN_TUNE * _smooth(found.weight)
    notes = (soon <= _HELD) & (later - soon >= _NOTE_ENDS)
    tonal = (_smooth(found.share) >= _TONAL_SHARE) & (later >= _MOTION)
    music = (tonal & (in_tune | notes)) | (beat(samples) >= _BEAT)
    return bool(music.mean() >= 0.5)  # noqa: PLR2004 - most of it


def _smooth(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Mean over _SMOOTHING_STEPS around each value, over fewer at the edges."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    low = np.maximum(at - _SMOOTHING_STEPS // 2, 0)
    high = np.minimum(at + _SMOOTHING_STEPS // 2 + 1, len(values))
    mean: npt.NDArray[Any] = (sums[high] - sums[low]) / (high - low)
    return mean
