"""Stereo whose channels stand against each other (one wire swapped) is nothing when mixed: it is turned before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from soniclayer.pipeline.audio_engine import Samples

_LOST = 0.1
"""A mix with less than a tenth (-10 dB) of the power of the other mix has lost what there was to hear.

Voices and music in a right stereo recording keep more than half; one swapped wire leaves nothing.
"""


class StereoPhase:
    """Looks at blocks of stereo in order, and turns the second channel over where the mix would lose the sound.

    Loudness does not change by it: it is the sum of the channels' powers. What was decided stays until a block shows
    the opposite, so that pauses change nothing.
    """

    def __init__(self) -> None:
        self._turned = False

    def mixable(self, values: Samples) -> Samples:
        """A block of samples in turn, left, right, left..., shape (1, 2 * count), fit to be mixed."""
        left, right = values[0, 0::2], values[0, 1::2]
        powers = float(left @ left) + float(right @ right)
        common = 2 * float(left @ right)
        mix, other = (powers - common, powers + common) if self._turned else (powers + common, powers - common)
        if mix < _LOST * other:
            self._turned = not self._turned
        if not self._turned:
            return values
        turned: Samples = values * np.tile(np.array([1, -1], np.float32), len(left))
        return turned
