"""From speech probabilities to spans with voice in them, and to the pauses between words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.domain.window import Span
from soniclayer.pipeline.audio_engine import CHUNK_SAMPLES
from soniclayer.pipeline.levels import runs
from soniclayer.pipeline.speech_model import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    import numpy.typing as npt

CHUNK_S = CHUNK_SAMPLES / SAMPLE_RATE_HZ

SPEECH_PROBABILITY = 0.5
NO_SPEECH_PROBABILITY = 0.35
"""Speech begins at the first and ends under the second: Silero's defaults (faster_whisper.vad.VadOptions)."""

_SHORT_SPEECH_S = 0.25
_NEAR_SPEECH_S = 2.0
"""A span under this (Silero's min_speech_duration_ms) is a word only near other speech; else a drum."""

PAUSE_S = 0.2
"""Shorter gaps occur inside words (the closure of a plosive lasts 0.05-0.15 s)."""

SPEECH_PAD_S = 0.3
"""Added on both sides of a span: soft beginnings and endings of words lie outside what the detector marks."""


def voiced(probabilities: npt.NDArray[np.float32], first_chunk: int) -> list[Span]:
    """Spans with voice, unpadded, in seconds; `probabilities` begin at chunk number `first_chunk`."""
    spans: list[Span] = []
    begin: int | None = None
    for number, probability in enumerate([*probabilities.tolist(), 0.0], first_chunk):
        if begin is None and probability >= SPEECH_PROBABILITY:
            begin = number
        elif begin is not None and probability < NO_SPEECH_PROBABILITY:
            spans.append(_chunks(begin, number))
            begin = None
    return [
        span
        for span, near in zip(spans, _near_speech(spans), strict=True)
        if near or span.duration_s >= _SHORT_SPEECH_S
    ]


def pauses(probabilities: npt.NDArray[np.float32], first_chunk: int) -> list[Span]:
    """Stretches of PAUSE_S or more in which the detector hears no speech, in seconds."""
    quiet = probabilities < NO_SPEECH_PROBABILITY
    found = [_chunks(a + first_chunk, b + first_chunk) for a, b in runs(quiet) if quiet[a]]
    return [span for span in found if span.duration_s >= PAUSE_S]


def padded(spans: Iterable[Span], within: Span) -> tuple[Span, ...]:
    """The parts of `spans` in `within`, wider by SPEECH_PAD_S where there is room; touching ones merged."""
    wide = [
        Span(
            max(round(s.start_s - SPEECH_PAD_S, 3), within.start_s),
            min(round(s.end_s + SPEECH_PAD_S, 3), within.end_s),
        )
        for s in spans
        if s.end_s > within.start_s and s.start_s < within.end_s
    ]
    return joined(wide, 0.0)


def joined(spans: Sequence[Span], gap_s: float) -> tuple[Span, ...]:
    """Spans in time order, those at most `gap_s` apart made one."""
    merged: list[Span] = []
    for span in spans:
        if merged and span.start_s - merged[-1].end_s <= gap_s:
            merged[-1] = Span(merged[-1].start_s, max(merged[-1].end_s, span.end_s))
        else:
            merged.append(span)
    return tuple(merged)


def _near_speech(spans: Sequence[Span]) -> list[bool]:
    """For each span whether another, not as short, lies within _NEAR_SPEECH_S."""
    words = [span for span in spans if span.duration_s >= _SHORT_SPEECH_S]
    return [
        any(w.start_s - span.end_s < _NEAR_SPEECH_S and span.start_s - w.end_s < _NEAR_SPEECH_S for w in words)
        for span in spans
    ]


def _chunks(first: int, end: int) -> Span:
    return Span(round(first * CHUNK_S, 3), round(end * CHUNK_S, 3))
