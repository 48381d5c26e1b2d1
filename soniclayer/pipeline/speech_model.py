"""What `prepare` and `transcribe` ask of a speech model. `engines.whisper` is the real one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from soniclayer.domain.segment import Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

SAMPLE_RATE_HZ = 16_000
"""What Whisper and Silero were trained on; all audio inside SonicLayer is mono float32 at this rate."""


@dataclass(frozen=True)
class Utterance:
    """A sound the model decoded in one go, and how sure it was (Whisper's own figures)."""

    words: tuple[Word, ...]
    average_logprob: float
    no_speech_probability: float
    compression_ratio: float


class SpeechModel(Protocol):
    """A speech recognition model, loaded."""

    name: str

    def detect_language(self, audio: npt.NDArray[np.float32]) -> tuple[str, float]:
        """Language code (ISO 639-1) and probability for speech audio, mono float32 at 16 kHz, shape (samples,)."""

    def transcribe(
        self, sounds: Sequence[npt.NDArray[np.float32]], language: str, *, careful: bool = False
    ) -> Sequence[Utterance]:
        """Recognise the speech in each of `sounds`.

        Args:
            sounds: mono float32 at 16 kHz, 30 s at most, each heard by itself.
            language: ISO 639-1.
            careful: take more time over it.

        Returns:
            One utterance per sound; times are seconds from its start.
        """
