"""Where another voice goes on. Two stretches of speech are compared by what colours a voice, not by what it says.

Each 25 ms become 16 mel-frequency cepstral coefficients (Davis and Mermelstein, 1980; without the first, the level).
Over some seconds their mean is that of the voice, whatever the words. Two means are as far apart as Mahalanobis's
distance says, with the variation inside both stretches for scale.

Measured on 173 sentence ends of three programmes with 18 synthetic voices, 29 of them with another voice after it:
the squared distance is under 1.5 for 97 of 100 ends where the same voice goes on, and over 4.8 for 97 of 100 where
another does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from soniclayer.pipeline.speech_model import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    import numpy.typing as npt

    from soniclayer.pipeline.audio_engine import Samples

    Values = npt.NDArray[np.float64]

ANOTHER_VOICE = 4.0
"""From this squared distance on it is another voice: between what was measured. A real reader's own voice, compared
with itself at every second of 22, also inside words, was over it once; another speaker's was 24 away."""

_LISTEN_S = 3.0
"""So much is compared on each side. With 6 s the turns before and after get mixed in."""

_LEAST_FRAMES = 60
_VOICE_RANGE_DB = 25.0
"""Frames more than this below the loud ones (9th decile) are pauses and breath."""

_FRAME, _HOP, _FFT = 400, 160, 512
_HOPS_PER_S = SAMPLE_RATE_HZ // _HOP
_BANDS, _COEFFICIENTS = 26, 16
_LOWEST_HZ, _HIGHEST_HZ = 80.0, 7600.0
_LEAST_VARIANCE = 0.01


class Voices:
    """The voices of a stretch of sound: mono float32 at 16 kHz, shape (samples,)."""

    def __init__(self, audio: Samples) -> None:
        count = max(0, (len(audio) - _FRAME) // _HOP + 1)
        self._cepstra = np.zeros((count, _COEFFICIENTS))
        self._levels_db = np.zeros(count)
        for first in range(0, count, _HOPS_PER_S):
            last = min(first + _HOPS_PER_S, count)
            part = audio[first * _HOP : (last - 1) * _HOP + _FRAME].astype(np.float64)
            frames = np.lib.stride_tricks.sliding_window_view(part, _FRAME)[::_HOP]
            self._cepstra[first:last], self._levels_db[first:last] = _cepstra(frames)

    def turn(self, end_s: float, start_s: float) -> bool:
        """Whether after a pause, from `start_s` on, another voice speaks than before it, until `end_s`."""
        return self.distance(end_s, start_s) >= ANOTHER_VOICE

    def distance(self, end_s: float, start_s: float) -> float:
        """Squared distance of the voices before `end_s` and after `start_s`; 0 where too little is heard of one."""
        before = self._voice(end_s - _LISTEN_S, end_s)
        after = self._voice(start_s, start_s + _LISTEN_S)
        if min(len(before), len(after)) < _LEAST_FRAMES:
            return 0.0
        both = np.concatenate([before - before.mean(axis=0), after - after.mean(axis=0)])
        within = both.T @ both / len(both) + _LEAST_VARIANCE * np.eye(_COEFFICIENTS)
        apart = before.mean(axis=0) - after.mean(axis=0)
        return float(apart @ np.linalg.solve(within, apart))

    def _voice(self, start_s: float, end_s: float) -> Values:
        part = slice(max(0, round(start_s * _HOPS_PER_S)), max(0, round(end_s * _HOPS_PER_S)))
        levels_db = self._levels_db[part]
        if not len(levels_db):
            return self._cepstra[part]
        return self._cepstra[part][levels_db > np.percentile(levels_db, 90) - _VOICE_RANGE_DB]


def _cepstra(frames: Values) -> tuple[Values, Values]:
    """MFCCs, shape (frames, _COEFFICIENTS), and level in dB per frame."""
    power = np.abs(np.fft.rfft(frames * np.hanning(_FRAME), _FFT, axis=1)) ** 2
    bands = np.log(power @ _mel_filters().T + 1e-8)
    order = np.arange(1, _COEFFICIENTS + 1)
    cosines = np.cos(np.pi / _BANDS * (np.arange(_BANDS)[:, None] + 0.5) * order)
    return bands @ cosines, 10 * np.log10(np.mean(frames**2, axis=1) + 1e-10)


def _mel_filters() -> Values:
    """Triangles, evenly spread on the mel scale, 2595 log10(1 + f / 700): shape (_BANDS, _FFT / 2 + 1)."""
    lowest, highest = (2595 * np.log10(1 + hz / 700) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    edges_hz = 700 * (10 ** (np.linspace(lowest, highest, _BANDS + 2) / 2595) - 1)
    bins_hz = np.fft.rfftfreq(_FFT, 1 / SAMPLE_RATE_HZ)
    low, middle, high = (edges_hz[i : i + _BANDS, None] for i in range(3))
    triangles: Values = np.clip(
        np.minimum((bins_hz - low) / (middle - low), (high - bins_hz) / (high - middle)), 0, None
    )
    return triangles
