"""From speech probabilities to spans with voice in them, and to the pauses between words."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from soniclayer.domain.window import Span
from soniclayer.pipeline.audio_engine import CHUNK_SAMPLES
from soniclayer.pipeline.speech_model import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    import numpy.typing as npt

CHUNK_S = CHUNK_SAMPLES / SAMPLE_RATE_HZ

SPEECH_PROBABILITY = 0.5
NO_SPEECH_PROBABILITY = 0.35
"""Speech begins at the first and ends under the second: Silero's defaults (faster_whisper.vad.VadOptions)."""

_SURE_S = 1.0
_WORD_S = 0.3
_WORD_PROBABILITY = 0.8
_NEAR_SPEECH_S = 1.5
"""A span of a second is speech, and so is one of 0.3 s when the detector is that sure of some of it; others are only
near speech, and drums or flutes elsewhere. Of 120 spoken numbers and days, each alone, 110 are heard (113 from 0.25 s
on, Silero's min_speech_duration_ms, whatever the probability); of 10 spans in an hour of music none is. Near is over 1
s: "ask not", between pauses of 1 and 1.4 s, was lost."""

PAUSE_S = 0.2
"""Shorter gaps occur inside words (the closure of a plosive lasts 0.05-0.15 s)."""

SPEECH_PAD_S = 0.3
"""Heard on both sides of a span: soft beginnings and endings of words lie outside what the detector marks."""


def voiced(probabilities: npt.NDArray[np.float32], first_chunk: int) -> list[Span]:
    """Spans with voice, unpadded, in seconds; `probabilities` begin at chunk number `first_chunk`."""
    spans: list[tuple[int, int]] = []
    begin: int | None = None
    for number, probability in enumerate([*probabilities.tolist(), 0.0]):
        if begin is None and probability >= SPEECH_PROBABILITY:
            begin = number
        elif begin is not None and probability < NO_SPEECH_PROBABILITY:
            spans.append((begin, number))
            begin = None
    sure = [span for span in spans if _is_sure(probabilities[slice(*span)])]
    return [_chunks(a + first_chunk, b + first_chunk) for a, b in spans if _is_near((a, b), sure)]


def pauses(probabilities: npt.NDArray[np.float32], first_chunk: int) -> list[Span]:
    """Stretches of PAUSE_S or more between, before and after what is voiced, in seconds."""
    known = _chunks(first_chunk, first_chunk + len(probabilities))
    spans = voiced(probabilities, first_chunk)
    starts = [known.start_s, *(span.end_s for span in spans)]
    ends = [*(span.start_s for span in spans), known.end_s]
    found = [Span(start_s, end_s) for start_s, end_s in zip(starts, ends, strict=True)]
    return [pause for pause in found if round(pause.duration_s, 3) >= PAUSE_S]


def shifted(spans: Iterable[Span], by_s: float) -> tuple[Span, ...]:
    """The spans, later by `by_s`."""
    return tuple(Span(round(span.start_s + by_s, 3), round(span.end_s + by_s, 3)) for span in spans)


def inside(spans: Iterable[Span], within: Span) -> tuple[Span, ...]:
    """The parts of `spans` that lie in `within`."""
    return tuple(
        Span(max(span.start_s, within.start_s), min(span.end_s, within.end_s))
        for span in spans
        if span.end_s > within.start_s and span.start_s < within.end_s
    )


def padded(spans: Sequence[Span], within: Span) -> tuple[Span, ...]:
    """Spans of `within`, wider by SPEECH_PAD_S, in shorter pauses to the middle."""
    middles = [(before.end_s + after.start_s) / 2 for before, after in pairwise(spans)]
    return tuple(
        Span(max(round(span.start_s - SPEECH_PAD_S, 3), earliest_s), min(round(span.end_s + SPEECH_PAD_S, 3), latest_s))
        for span, earliest_s, latest_s in zip(spans, [within.start_s, *middles], [*middles, within.end_s], strict=False)
    )


def joined(spans: Sequence[Span], gap_s: float) -> tuple[Span, ...]:
    """Spans in time order, those at most `gap_s` apart made one."""
    merged: list[Span] = []
    for span in spans:
        if merged and span.start_s - merged[-1].end_s <= gap_s:
            merged[-1] = Span(merged[-1].start_s, max(merged[-1].end_s, span.end_s))
        else:
            merged.append(span)
    return tuple(merged)


def _is_sure(probabilities: npt.NDArray[np.float32]) -> bool:
    """Whether these chunks are speech also when they stand alone."""
    length_s = len(probabilities) * CHUNK_S
    return length_s >= _SURE_S or (length_s >= _WORD_S and probabilities.max() >= _WORD_PROBABILITY)


def _is_near(span: tuple[int, int], sure: Sequence[tuple[int, int]]) -> bool:
    """Whether a span is one of those, or close to one."""
    reach = _NEAR_SPEECH_S / CHUNK_S
    return any(first - span[1] < reach and span[0] - end < reach for first, end in sure)


def _chunks(first: int, end: int) -> Span:
    return Span(round(first * CHUNK_S, 3), round(end * CHUNK_S, 3))
