"""Loudness of longer stretches from momentary values. Without numpy: `summarise` runs in the light parent."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING

from soniclayer.domain.window import LOUDNESS_STEP_S, METER_STEP_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0

BLOCK_STEPS = 4
"""A momentary value stands for 400 ms, four steps of 100 ms."""


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


def integrated_between(momentary_lufs: Sequence[float], start_s: float, end_s: float) -> float | None:
    """Integrated loudness of a stretch: of the blocks of 400 ms that lie inside it whole.

    Args:
        momentary_lufs: as above; the first block ends 100 ms after time 0.
        start_s: of the stretch, in seconds.
        end_s: likewise.
    """
    first = ceil(round(start_s / METER_STEP_S, 3)) + BLOCK_STEPS - 1
    end = floor(round(end_s / METER_STEP_S, 3))
    return integrated(momentary_lufs[first:end])


def each_second(momentary_lufs: Sequence[float]) -> tuple[float | None, ...]:
    """Loudness (LUFS, to a tenth) of every LOUDNESS_STEP_S begun: that of the mean power of its momentary values.

    Loudness is the logarithm of a mean power (ITU-R BS.1770-4, annex 1), so that of a longer stretch is no mean of
    decibels. Nothing is gated within a second; one that lies under the absolute gate as a whole is silence: None.

    Args:
        momentary_lufs: loudness of 400 ms, one value per 100 ms (EBU Tech 3341).
    """
    steps = round(LOUDNESS_STEP_S / METER_STEP_S)
    starts = range(0, len(momentary_lufs), steps)
    means = (10 * log10(mean([power(lufs) for lufs in momentary_lufs[start : start + steps]])) for start in starts)
    return tuple(round(lufs, 1) if lufs > ABSOLUTE_GATE_LUFS else None for lufs in means)


def power(lufs: float) -> float:
    """Relative power; the norm's offset of -0.691 cancels out."""
    return float(10 ** (lufs / 10))


def mean(powers: Sequence[float]) -> float:
    """The mean of some powers."""
    return sum(powers) / len(powers)
