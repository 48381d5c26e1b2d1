"""Integrated loudness from momentary values. Without numpy: `summarise` runs in the light parent."""

from __future__ import annotations

from math import log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0


def integrated(momentary_lufs: Iterable[float]) -> float | None:
    """Integrated loudness in LUFS, gated by ITU-R BS.1770-4, annex 1; None when everything is under the gate.

    Args:
        momentary_lufs: loudness of 400 ms, one value per 100 ms (the 75 % overlap that the norm asks for).
    """
    audible = [power(lufs) for lufs in momentary_lufs if lufs > ABSOLUTE_GATE_LUFS]
    if not audible:
        return None
    gate = mean(audible) * power(RELATIVE_GATE_LU)
    return round(10 * log10(mean([one for one in audible if one > gate])), 2)


def power(lufs: float) -> float:
    """Relative power; the norm's offset of -0.691 cancels out."""
    return float(10 ** (lufs / 10))


def mean(powers: Sequence[float]) -> float:
    """The mean of some powers."""
    return sum(powers) / len(powers)
