"""Where to cut: a window ends in the best pause near its wanted length. Times are from the window's start."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from soniclayer.domain.window import METER_STEP_S
from soniclayer.pipeline.levels import runs
from soniclayer.pipeline.regions import SPEECH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from soniclayer.domain.window import Span

_EARLIEST = 0.75
_LATEST = 1.25
"""Of the wanted length: between these a window may end."""

_TAIL_S = 5.0
"""A last window shorter than this is joined to the one before."""

_LONG_PAUSE_S = 1.0
_LONG_REGION_S = 5.0

_PAUSE_GAIN = 4.0
_EDGE_GAIN = 0.5
_SPLIT_COST = 4.0
"""Weights, in units of the largest allowed distance from the wanted length: a pause that is 0.25 s longer is worth all
of that distance, since the longest pauses lie between sentences and items; nothing in reach is worth splitting music or
silence that could stay whole. Of the 20 cuts in 20 minutes of programme 2 were inside a sentence."""

_MARGIN_S = 0.05
_LONG_MARGIN_S = 0.3
"""Distance of a cut from the ends of its pause: the detector is exact to 32 ms, soft endings go on after."""


def rest_is_one_window(rest_s: float, target_s: float) -> bool:
    """Whether a recording with `rest_s` left gets one last window."""
    return rest_s <= _LATEST * target_s


def lookahead_s(target_s: float) -> float:
    """How much audio from its start on must be known to cut a window, unless the recording ends."""
    return _LATEST * target_s + _tail_s(target_s)


def cut_step(
    target_s: float,
    known_s: float,
    pauses: Sequence[Span],
    kinds: npt.NDArray[np.int8],
    half_step_levels: npt.NDArray[np.float32],
) -> int:
    """The step at which to end the window, within 0.75-1.25 of `target_s`.

    It lies in a pause when there is one, else in the middle of the quietest 100 ms.

    Args:
        target_s: wanted length.
        known_s: length of the audio known, more than 1.25 of `target_s`; nothing depends on what follows.
        pauses: stretches without speech.
        kinds: kind of each step (see `regions.step_kinds`).
        half_step_levels: level (dBFS) of each half step of 50 ms.
    """
    wanted = round(target_s / METER_STEP_S)
    earliest = math.ceil(round(_EARLIEST * target_s / METER_STEP_S, 6))
    latest = math.floor(round(min(_LATEST * target_s, known_s - _tail_s(target_s)) / METER_STEP_S, 6))
    edges = _region_edges(kinds)
    reach = max(latest - wanted, wanted - earliest, 1)
    best: tuple[float, int, int] | None = None
    for pause in pauses:
        for step in _places(pause, earliest, latest, wanted, edges):
            cost = abs(step - wanted) / reach - _PAUSE_GAIN * min(pause.duration_s / _LONG_PAUSE_S, 1)
            if step in edges:
                cost -= _EDGE_GAIN
            elif _splits(step, kinds):
                cost += _SPLIT_COST
            rank = (round(cost, 6), abs(step - wanted), step)
            best = rank if best is None else min(best, rank)
    return _quietest(half_step_levels, earliest, latest, wanted) if best is None else best[2]


def _tail_s(target_s: float) -> float:
    return min(_TAIL_S, (_LATEST - 1) * target_s)


def _region_edges(kinds: npt.NDArray[np.int8]) -> frozenset[int]:
    return frozenset(first for first, _ in runs(kinds)[1:])


def _places(pause: Span, earliest: int, latest: int, wanted: int, edges: frozenset[int]) -> Iterator[int]:
    """Steps in the pause: its middle; in a long one also the nearest to `wanted`, and edges of regions."""
    long = pause.duration_s >= _LONG_PAUSE_S
    margin_s = _LONG_MARGIN_S if long else _MARGIN_S
    low = max(math.ceil(round((pause.start_s + margin_s) / METER_STEP_S, 6)), earliest)
    high = min(math.floor(round((pause.end_s - margin_s) / METER_STEP_S, 6)), latest)
    if low > high:
        return
    middle = round((pause.start_s + pause.end_s) / 2 / METER_STEP_S)
    yield min(max(middle, low), high)
    if long:
        yield min(max(wanted, low), high)
        yield from (edge for edge in edges if low <= edge <= high)


def _splits(step: int, kinds: npt.NDArray[np.int8]) -> bool:
    """Whether a cut at `step` goes through a long region of music, noise or silence."""
    if not 0 < step < len(kinds) or kinds[step] == SPEECH:
        return False
    first, end = next(run for run in runs(kinds) if run[0] <= step < run[1])
    return first < step and (end - first) * METER_STEP_S >= _LONG_REGION_S


def _quietest(half_step_levels: npt.NDArray[np.float32], earliest: int, latest: int, wanted: int) -> int:
    """The step with the quietest 100 ms around it; of equals (0.1 dB) that nearest to `wanted`."""
    steps = np.arange(earliest, latest + 1)
    power = 10 ** (half_step_levels.astype(np.float64) / 10)
    level = np.round(10 * np.log10((power[2 * steps - 1] + power[2 * steps]) / 2), 1)
    return int(steps[np.lexsort((np.abs(steps - wanted), level))[0]])
