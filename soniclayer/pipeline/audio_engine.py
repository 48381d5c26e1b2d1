"""What `prepare` asks of the engines that hear. `engines.audio` and `engines.speech` are the real ones."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from soniclayer.domain.window import METER_STEP_S
from soniclayer.pipeline.speech_model import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterator

Samples: TypeAlias = npt.NDArray[np.float32]
"""Mono float32 at 16 kHz, -1 to 1, shape (samples,)."""

STEP_SAMPLES = round(SAMPLE_RATE_HZ * METER_STEP_S)
"""Samples of one step: windows begin on whole steps of 100 ms, so that meter values belong to one window."""

CHUNK_SAMPLES = 512
"""Samples that one speech probability of Silero stands for (32 ms at 16 kHz, fixed by the model)."""

LanguageDetector: TypeAlias = Callable[[Samples], tuple[str, float]]
"""Language code and probability of speech audio: `SpeechModel.detect_language`."""


@dataclass(frozen=True)
class AudioFacts:
    """What the headers say. `duration_s` is a claim, None without one; only decoding tells the truth."""

    container: str
    codec: str
    sample_rate_hz: int
    channels: int
    duration_s: float | None


@dataclass(frozen=True)
class AudioBlock:
    """A stretch of decoded audio, with one momentary loudness (LUFS) per step begun in it.

    All blocks but the last have the same length, a whole number of steps.
    """

    samples: Samples
    momentary_lufs: tuple[float, ...]


class AudioReader(Protocol):
    """An open recording. It is read once, from start to end."""

    facts: AudioFacts

    def blocks(self, block_samples: int) -> Iterator[AudioBlock]:
        """Decode in blocks of `block_samples`, a multiple of STEP_SAMPLES, in bounded memory."""

    @property
    def damage(self) -> str | None:
        """One line on what could not be read; known when `blocks` has ended."""

    @property
    def unsuited(self) -> str | None:
        """Why browsers would not play and seek it exactly, None when they do; known when `blocks` has ended."""


class SpeechDetector(Protocol):
    """A voice activity detector, loaded."""

    def probabilities(self, samples: Samples, before: Samples) -> npt.NDArray[np.float32]:
        """Probability of speech (0-1) per CHUNK_SAMPLES begun; `before` is the audio just before."""


@dataclass(frozen=True)
class HearingEngines:
    """All that `prepare` needs from the layer above it."""

    open_audio: Callable[[Path], AbstractContextManager[AudioReader]]
    encode_flac: Callable[[Samples], bytes]
    speech: SpeechDetector
    detect_language: LanguageDetector
