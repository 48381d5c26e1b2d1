"""How a text is worded, as numbers: what an embedding, which looks for the meaning, mostly leaves out."""

from __future__ import annotations

import re
from math import log
from typing import TYPE_CHECKING

import numpy as np

from soniclayer.domain.cue import count_cues

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]

FEWEST_WORDS = 6
"""Shares in a text of two words say nothing, so it counts as this long."""

FARTHEST = 2.5
"""Numbers are cut off so many standard deviations from the mean, so that one odd text does not decide."""

WEIGHT = 0.06
"""Of a standard deviation, where a text's vector has length 1. Found on the `dev` programmes (docs/labels.md)."""


def wording(texts: Sequence[str], style: Sequence[str]) -> Numbers:
    """Shape (texts, style + 2): each cue of `style` per word, words per sentence (log), letters per word."""
    return np.array([_numbers(text, style) for text in texts], np.float64).reshape(len(texts), len(style) + 2)


class WordingScale:
    """Mean and standard deviation of the wording of some texts."""

    def __init__(self, mean: Numbers, deviation: Numbers) -> None:
        self.mean = mean
        self.deviation = deviation

    @classmethod
    def of(cls, numbers: Numbers) -> WordingScale:
        """The scale of these texts; without texts nothing is far from the mean."""
        if not len(numbers):
            return cls(np.zeros(numbers.shape[1]), np.full(numbers.shape[1], np.inf))
        return cls(numbers.mean(axis=0), numbers.std(axis=0) + 1e-6)

    def apply(self, numbers: Numbers) -> Numbers:
        """The numbers as features that stand beside a vector of length 1."""
        scaled: Numbers = WEIGHT * np.clip((numbers - self.mean) / self.deviation, -FARTHEST, FARTHEST)
        return scaled


def _numbers(text: str, style: Sequence[str]) -> list[float]:
    words = text.split()
    sentences = re.split(r"(?<=[.!?])\s+", text.strip())
    shares = [count / max(FEWEST_WORDS, len(words)) for count in count_cues(text, style)]
    return [
        *shares,
        log(max(1, len(words)) / len(sentences)) / 3,
        sum(map(len, words)) / max(1, len(words)) / 15,
    ]
