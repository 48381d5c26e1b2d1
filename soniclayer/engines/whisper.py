"""The speech model: faster-whisper on stored speech spans, with word timestamps."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import ctranslate2
import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel

from soniclayer.domain.segment import Word
from soniclayer.engines.cuda_libraries import load_cuda_libraries
from soniclayer.errors import InputError
from soniclayer.pipeline.speech_model import SAMPLE_RATE_HZ, Utterance

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from soniclayer.pipeline.audio_engine import Samples

FRAMES_PER_S = 100
"""Whisper's, of the spectrum it hears: faster-whisper counts positions in them."""

CAREFUL_BEAM = 5
"""Ways to go on that are kept in mind when care is asked for; Whisper's own default."""

GPU_BATCH_SIZE = 16
"""Clips decoded together on a GPU. On one CPU thread a batch gains nothing and costs memory (434 MB with 1, 1,214 MB
with 8), so there it is 1."""


class WhisperSpeech:
    """A SpeechModel. Loading takes about half a second (base, int8, one core)."""

    def __init__(self, folder: Path, name: str, device: str, compute_type: str, threads: int) -> None:
        self.name = name
        on_gpu = device == "cuda" or (device == "auto" and ctranslate2.get_cuda_device_count() > 0)
        if on_gpu:
            load_cuda_libraries()
        self._batch_size = GPU_BATCH_SIZE if on_gpu else 1
        self._model = WhisperModel(
            str(folder),
            device="cuda" if on_gpu else "cpu",
            compute_type=_compute_type(compute_type, on_gpu=on_gpu),
            cpu_threads=threads,
            local_files_only=True,
        )
        self._pipeline = BatchedInferencePipeline(self._model)

    def detect_language(self, audio: Samples) -> tuple[str, float]:
        """See SpeechModel. An English-only model says `en` of everything."""
        if not self._model.model.is_multilingual:
            return "en", 1.0
        language, probability, _ = self._model.detect_language(audio)
        return language, round(float(probability), 3)

    def transcribe(self, sounds: Sequence[Samples], language: str, *, careful: bool = False) -> Sequence[Utterance]:
        """See SpeechModel.

        Raises:
            InputError: `language`, when the model does not know it.
        """
        self._check_language(language)
        ends_s = np.cumsum([0.0, *(len(sound) / SAMPLE_RATE_HZ for sound in sounds)]).tolist()
        segments, _ = self._pipeline.transcribe(
            np.concatenate(sounds),
            language=language,
            beam_size=CAREFUL_BEAM if careful else 1,
            temperature=0.0,
            word_timestamps=True,
            vad_filter=False,
            clip_timestamps=[{"start": start_s, "end": end_s} for start_s, end_s in pairwise(ends_s)],
            batch_size=self._batch_size,
        )
        return _utterances(list(segments), ends_s[:-1])

    def _check_language(self, language: str) -> None:
        if language in self._model.supported_languages:
            return
        if self._model.model.is_multilingual:
            raise InputError(f"{self.name} knows no language {language!r}", code="language")
        raise InputError(f"{self.name} knows English only, not {language!r}", code="language")


def _utterances(segments: Sequence[Any], starts_s: Sequence[float]) -> list[Utterance]:
    """One per sound. faster-whisper gives a segment per sound, or several where the model wrote time stamps."""
    found: list[list[Any]] = [[] for _ in starts_s]
    for segment in segments:
        seek_s = segment.seek / FRAMES_PER_S
        found[min(range(len(starts_s)), key=lambda i: abs(starts_s[i] - seek_s))].append(segment)
    return [_utterance(parts, start_s) for parts, start_s in zip(found, starts_s, strict=True)]


def _utterance(segments: Sequence[Any], start_s: float) -> Utterance:
    words = [word for segment in segments for word in segment.words or ()]
    return Utterance(
        words=tuple(Word(word.start - start_s, word.end - start_s, word.word, word.probability) for word in words),
        average_logprob=min((segment.avg_logprob for segment in segments), default=0.0),
        no_speech_probability=max((segment.no_speech_prob for segment in segments), default=0.0),
        compression_ratio=max((segment.compression_ratio for segment in segments), default=0.0),
    )


def _compute_type(wanted: str, *, on_gpu: bool) -> str:
    """`auto` = int8 on a CPU (a quarter of the memory of float32, faster, same words), float16 on a GPU."""
    if wanted != "auto":
        return wanted
    return "float16" if on_gpu else "int8"
