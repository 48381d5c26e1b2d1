"""The speech model: faster-whisper on stored speech spans, with word timestamps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ctranslate2
from faster_whisper import BatchedInferencePipeline, WhisperModel

from soniclayer.domain.segment import Word
from soniclayer.domain.window import Span
from soniclayer.errors import InputError
from soniclayer.pipeline.speech_model import Utterance

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

CLIP_S = 29.5
"""Whisper hears 30 s at a time; what is longer would be cut off by it."""

LONGEST_GAP_S = 2.0
"""A longer silence between two spans starts a new clip: Whisper invents text on silence."""

GPU_BATCH_SIZE = 16
"""Clips decoded together on a GPU. On one CPU thread a batch gains nothing and costs memory (434 MB with 1, 1,214 MB
with 8), so there it is 1."""


class WhisperSpeech:
    """A SpeechModel. Loading takes about half a second (base, int8, one core)."""

    def __init__(self, folder: Path, name: str, device: str, compute_type: str, threads: int) -> None:
        self.name = name
        on_gpu = device == "cuda" or (device == "auto" and ctranslate2.get_cuda_device_count() > 0)
        self._batch_size = GPU_BATCH_SIZE if on_gpu else 1
        self._model = WhisperModel(
            str(folder),
            device="cuda" if on_gpu else "cpu",
            compute_type=_compute_type(compute_type, on_gpu=on_gpu),
            cpu_threads=threads,
            local_files_only=True,
        )
        self._pipeline = BatchedInferencePipeline(self._model)

    def detect_language(self, audio: npt.NDArray[np.float32]) -> tuple[str, float]:
        """See SpeechModel. An English-only model says `en` of everything."""
        if not self._model.model.is_multilingual:
            return "en", 1.0
        language, probability, _ = self._model.detect_language(audio)
        return language, round(float(probability), 3)

    def transcribe(self, audio: npt.NDArray[np.float32], speech: Sequence[Span], language: str) -> Sequence[Utterance]:
        """See SpeechModel.

        Raises:
            InputError: `language`, when the model does not know it.
        """
        self._check_language(language)
        segments, _ = self._pipeline.transcribe(
            audio,
            language=language,
            beam_size=1,
            temperature=0.0,
            word_timestamps=True,
            vad_filter=False,
            clip_timestamps=[{"start": clip.start_s, "end": clip.end_s} for clip in clips(speech)],
            batch_size=self._batch_size,
        )
        return [
            Utterance(
                words=tuple(Word(w.start, w.end, w.word, w.probability) for w in segment.words or ()),
                average_logprob=segment.avg_logprob,
                no_speech_probability=segment.no_speech_prob,
                compression_ratio=segment.compression_ratio,
            )
            for segment in segments
        ]

    def _check_language(self, language: str) -> None:
        if language in self._model.supported_languages:
            return
        if self._model.model.is_multilingual:
            raise InputError(f"{self.name} knows no language {language!r}", code="language")
        raise InputError(f"{self.name} knows English only, not {language!r}", code="language")


def clips(speech: Sequence[Span]) -> list[Span]:
    """Join neighbouring speech spans into as few stretches of at most CLIP_S as possible, of about equal length."""
    pieces = [piece for span in speech for piece in _pieces(span)]
    fewest = len(_join(pieces, CLIP_S))
    low_s, high_s = 1.0, CLIP_S
    while high_s - low_s > 0.5:  # the shortest limit that needs no more clips  # noqa: PLR2004
        middle_s = (low_s + high_s) / 2
        low_s, high_s = (low_s, middle_s) if len(_join(pieces, middle_s)) == fewest else (middle_s, high_s)
    return _join(pieces, high_s)


def _pieces(span: Span) -> list[Span]:
    """A span of more than CLIP_S in equal pieces: nobody spoke a pause in it."""
    count = max(1, -int(-span.duration_s // CLIP_S))
    length_s = span.duration_s / count
    return [Span(span.start_s + i * length_s, span.start_s + (i + 1) * length_s) for i in range(count)]


def _join(pieces: Sequence[Span], limit_s: float) -> list[Span]:
    joined: list[Span] = []
    for piece in pieces:
        if joined and piece.end_s - joined[-1].start_s <= limit_s and piece.start_s - joined[-1].end_s <= LONGEST_GAP_S:
            joined[-1] = Span(joined[-1].start_s, piece.end_s)
        else:
            joined.append(piece)
    return joined


def _compute_type(wanted: str, *, on_gpu: bool) -> str:
    """`auto` = int8 on a CPU (a quarter of the memory of float32, faster, same words), float16 on a GPU."""
    if wanted != "auto":
        return wanted
    return "float16" if on_gpu else "int8"
