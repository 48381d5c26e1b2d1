"""Each step of 100 ms is speech, music, noise or silence; runs of one kind are regions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from soniclayer.domain.window import METER_STEP_S, Region, Span
from soniclayer.pipeline.audio_engine import STEP_SAMPLES
from soniclayer.pipeline.changes import SHORTEST_S, stretches
from soniclayer.pipeline.levels import SILENCE_DBFS, runs, step_levels_dbfs
from soniclayer.pipeline.music import is_music
from soniclayer.pipeline.voice import inside, joined, padded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from soniclayer.domain.window import RegionKind
    from soniclayer.pipeline.audio_engine import Samples

KINDS: tuple[RegionKind, ...] = ("speech", "music", "noise", "silence")
SPEECH, MUSIC, NOISE, SILENCE = range(len(KINDS))

_BETWEEN_SENTENCES_S = 2.5
"""A shorter gap belongs to the speech around it: speakers breathe and change places."""

_REST_S = 2.5
"""A shorter silence between two sounds is a rest in the music."""

_DIVIDING_STEPS = 3
"""After a rest of 0.3 s another sound may follow: what comes before and after is named on its own."""

_LOUD_PERCENTILE = 90
_BELOW_SPEECH_DB = 35.0
"""The loud steps of speech lie 4 dB over its loudness (measured on three recordings), at -19 dBFS for -23 LUFS: silence
is relative only in a programme 6 dB softer than that."""

_SHORTEST_REGION_S = 1.0


def step_kinds(samples: Samples, voice: Sequence[Span], start_s: float) -> npt.NDArray[np.int8]:
    """The kind of every step begun in `samples`, as an index of KINDS.

    Args:
        samples: mono float32 at 16 kHz, beginning at `start_s`, a whole number of steps.
        voice: spans with voice in them, unpadded, in seconds from the start of the recording.
        start_s: where `samples` begin, in seconds.
    """
    levels = step_levels_dbfs(samples)
    kinds = _spoken(voice, Span(start_s, start_s + len(samples) / STEP_SAMPLES * METER_STEP_S), len(levels))
    silent_dbfs = _silent_dbfs(levels[kinds == SPEECH])
    for first, end in runs(kinds):
        if kinds[first] == SPEECH:
            continue
        silent = levels[first:end] < silent_dbfs
        found = _without_rests(silent)
        for a, b in runs(found):
            if found[a] == NOISE:
                for c, d in _between_rests(silent, a, b):
                    found[c:d] = _sounds(samples[(first + c) * STEP_SAMPLES : (first + d) * STEP_SAMPLES])
        kinds[first:end] = found
    return kinds


def regions(kinds: npt.NDArray[np.int8], span: Span) -> tuple[Region, ...]:
    """Regions that tile `span`, whose steps have these kinds; none is under a second unless `span` is."""
    steady = without_short_runs(kinds, _SHORTEST_REGION_S)
    start = round(span.start_s / METER_STEP_S)
    found = [(a, b, KINDS[steady[a]]) for a, b in runs(steady)]
    return tuple(
        Region((start + a) / 10, span.end_s if b == len(steady) else (start + b) / 10, kind) for a, b, kind in found
    )


def without_short_runs(kinds: npt.NDArray[np.int8], shortest_s: float) -> npt.NDArray[np.int8]:
    """Each run under `shortest_s`, the shortest first, takes the kind of its longer neighbour."""
    kinds = kinds.copy()
    while True:
        found = runs(kinds)
        if len(found) < 2:  # noqa: PLR2004 - a single run has no neighbour
            return kinds
        lengths = [b - a for a, b in found]
        at = lengths.index(min(lengths))
        if lengths[at] * METER_STEP_S >= shortest_s:
            return kinds
        neighbours = [n for n in (at - 1, at + 1) if 0 <= n < len(found)]
        longer = max(neighbours, key=lambda n: lengths[n])
        kinds[slice(*found[at])] = kinds[found[longer][0]]


def _silent_dbfs(speech_levels: npt.NDArray[np.float32]) -> float:
    """The level of silence: SILENCE_DBFS, or less beside speech so soft that its music may be as low as that."""
    if not len(speech_levels):
        return SILENCE_DBFS
    return min(SILENCE_DBFS, float(np.percentile(speech_levels, _LOUD_PERCENTILE)) - _BELOW_SPEECH_DB)


def _without_rests(silent: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """SILENCE and, for now, NOISE; a rest between two sounds is no silence."""
    kinds = without_short_runs(np.where(silent, SILENCE, NOISE).astype(np.int8), _SHORTEST_REGION_S)
    for first, end in runs(kinds)[1:-1]:
        if kinds[first] == SILENCE and (end - first) * METER_STEP_S < _REST_S:
            kinds[first:end] = NOISE
    return kinds


def _between_rests(silent: npt.NDArray[np.bool_], first: int, end: int) -> Iterator[tuple[int, int]]:
    """From `first` to `end` in pieces that are divided by rests and long enough to be told apart."""
    shortest = round(SHORTEST_S / METER_STEP_S)
    start = first
    for a, b in runs(silent[first:end]):
        middle = first + (a + b) // 2
        if silent[first + a] and b - a >= _DIVIDING_STEPS and middle - start >= shortest and end - middle >= shortest:
            yield start, middle
            start = middle
    yield start, end


def _sounds(samples: Samples) -> npt.NDArray[np.int8]:
    """MUSIC or NOISE for every step begun of a stretch of sound without speech."""
    kinds = np.full(-(-len(samples) // STEP_SAMPLES), NOISE, np.int8)
    for first, end in stretches(samples):
        if is_music(samples[first * STEP_SAMPLES : end * STEP_SAMPLES]):
            kinds[first:end] = MUSIC
    return kinds


def _spoken(voice: Sequence[Span], known: Span, steps: int) -> npt.NDArray[np.int8]:
    """SPEECH where there is voice and in the short gaps around it, NOISE elsewhere."""
    kinds = np.full(steps, NOISE, np.int8)
    for span in joined(padded(inside(voice, known), known), _BETWEEN_SENTENCES_S):
        first = math.floor(round((span.start_s - known.start_s) / METER_STEP_S, 3))
        end = math.ceil(round((span.end_s - known.start_s) / METER_STEP_S, 3))
        kinds[first:end] = SPEECH
    if (kinds == SPEECH).any():
        for first, end in runs(kinds):
            if (end - first) * METER_STEP_S < _BETWEEN_SENTENCES_S:
                kinds[first:end] = SPEECH
    return kinds
