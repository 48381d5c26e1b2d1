"""The stage `transcribe`: one window's sound to words, and the words to segments."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from soniclayer.domain.segment import Segment, Transcript, Word
from soniclayer.domain.window import Span
from soniclayer.pipeline.segments import cut_segments

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from soniclayer.domain.window import Window
    from soniclayer.pipeline.speech_model import SpeechModel, Utterance

COMPRESSION_RATIO_LIMIT = 2.4
LOGPROB_LIMIT = -1.0
"""Beyond these Whisper itself calls a decoding failed (openai/whisper, transcribe.py)."""


def transcribe(window: Window, audio: npt.NDArray[np.float32], model: SpeechModel) -> Transcript:
    """Recognise the speech of a window and cut it into segments.

    Args:
        window: as `prepare` published it; only its `speech` spans are given to the model.
        audio: the window's sound, mono float32 at 16 kHz, shape (samples,), starting at `window.start_s`.
        model: where a window has speech but no language, the model detects it.
    """
    utterances: Sequence[Utterance] = ()
    language = window.language
    if window.speech:
        if language is None:
            language, _ = model.detect_language(audio)
        spans = [_shift(span, -window.start_s) for span in window.speech]
        utterances = model.transcribe(audio, spans, language)
    heard = [(_place(word, window), _doubtful(utterance)) for utterance in utterances for word in utterance.words]
    heard.sort(key=lambda pair: (pair[0].start_s, pair[0].end_s))
    words = in_time_order([word for word, _ in heard])
    doubted = {word for word, (_, doubtful) in zip(words, heard, strict=True) if doubtful}
    segments = cut_segments(window, words)
    return Transcript(
        window=window.number,
        language=language,
        model=model.name,
        segments=tuple(_mark(segment, doubted) for segment in segments),
    )


def in_time_order(words: Sequence[Word]) -> list[Word]:
    """The words in order, each starting no earlier than the one before ended."""
    ordered: list[Word] = []
    for word in sorted(words, key=lambda word: (word.start_s, word.end_s)):
        earliest_s = ordered[-1].end_s if ordered else word.start_s
        start_s = max(word.start_s, earliest_s)
        ordered.append(replace(word, start_s=start_s, end_s=max(word.end_s, start_s)))
    return ordered


def _shift(span: Span, by_s: float) -> Span:
    return Span(max(0.0, span.start_s + by_s), span.end_s + by_s)


def _place(word: Word, window: Window) -> Word:
    """A word on the clock of the recording, kept inside its window."""
    start_s = min(max(word.start_s + window.start_s, window.start_s), window.end_s)
    end_s = min(max(word.end_s + window.start_s, start_s), window.end_s)
    return replace(word, start_s=round(start_s, 3), end_s=round(end_s, 3), probability=round(word.probability, 3))


def _doubtful(utterance: Utterance) -> bool:
    return utterance.compression_ratio > COMPRESSION_RATIO_LIMIT or utterance.average_logprob < LOGPROB_LIMIT


def _mark(segment: Segment, doubted: set[Word]) -> Segment:
    """A segment is suspicious when most of its words are."""
    doubts = sum(word in doubted for word in segment.words)
    return replace(segment, suspicious=doubts * 2 > len(segment.words))
