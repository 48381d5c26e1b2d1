"""Which language: forced, or found in the first speech of a recording; never asked of music."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from soniclayer.pipeline.resume import ENOUGH_SPEECH_S
from soniclayer.pipeline.speech_model import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soniclayer.domain.window import Span
    from soniclayer.pipeline.audio_engine import LanguageDetector, Samples

_LISTEN_S = 30.0
"""Whisper looks at 30 s."""


class LanguageFinder:
    """Collects the first speech of a recording and asks the model once there is some."""

    def __init__(self, detect: LanguageDetector, forced: str | None) -> None:
        self._detect = detect
        self._forced = forced
        self._speech: list[Samples] = []
        self._asked_about = 0
        self._answer: tuple[str, float] | None = None

    def hear(self, samples: Samples, start: int, spans: Sequence[Span]) -> None:
        """Take the parts of `samples` inside `spans` as evidence.

        Args:
            samples: mono float32 at 16 kHz, beginning at sample number `start` of the recording.
            start: see `samples`.
            spans: with speech in them, in seconds from the start of the recording.
        """
        for span in spans:
            first = round(span.start_s * SAMPLE_RATE_HZ) - start
            end = round(span.end_s * SAMPLE_RATE_HZ) - start
            piece = samples[max(first, 0) : max(end, 0)]
            if len(piece):
                self._speech.append(piece.copy())

    @property
    def wants_more(self) -> bool:
        """Whether the next window's speech should be heard too."""
        return self._forced is None and self._heard < ENOUGH_SPEECH_S * SAMPLE_RATE_HZ

    @property
    def language(self) -> str | None:
        """The language of what was heard so far; None before any speech."""
        if self._forced is not None:
            return self._forced
        self._ask()
        return self._answer[0] if self._answer else None

    @property
    def probability(self) -> float | None:
        """How sure the model is; None when nobody asked it."""
        if self._forced is None:
            self._ask()
        return self._answer[1] if self._answer else None

    @property
    def _heard(self) -> int:
        return sum(map(len, self._speech))

    def _ask(self) -> None:
        if self._heard != self._asked_about:
            self._asked_about = self._heard
            self._answer = self._detect(np.concatenate(self._speech)[: round(_LISTEN_S * SAMPLE_RATE_HZ)])
