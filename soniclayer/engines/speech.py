"""Voice activity: Silero VAD as faster-whisper ships it, on one thread, fed block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from faster_whisper.vad import get_vad_model

from soniclayer.pipeline.audio_engine import CHUNK_SAMPLES

if TYPE_CHECKING:
    import numpy.typing as npt

    from soniclayer.pipeline.audio_engine import Samples

_CONTEXT_SAMPLES = 64
"""Silero v6 looks at this much audio before each chunk (faster_whisper.vad, context_size_samples)."""

_STATE_SHAPE = (1, 1, 128)

_PITCH_PERIOD_SAMPLES = 27
_SLOW_SAMPLES = 267
"""A mean over 1.7 ms, taken twice, passes what is under some 250 Hz; one over 17 ms what is under some 30 Hz."""


class SileroDetector:
    """Silero VAD, loaded (0.2 s). faster-whisper's session options cap onnxruntime to one thread.

    The session is run directly: faster-whisper's own call has no warm-up and overwrites the end of its input.
    """

    def __init__(self) -> None:
        self._session = get_vad_model().session

    def probabilities(self, samples: Samples, before: Samples) -> npt.NDArray[np.float32]:
        """Probability of speech (0-1) for every CHUNK_SAMPLES begun in `samples`.

        Args:
            samples: mono float32 at 16 kHz; an unfinished last chunk is filled with zeros.
            before: the audio just before `samples`, in which the model warms up; may be empty.

        The model starts fresh at each call: the answer depends on the arguments alone.
        """
        if not len(samples):
            return np.zeros(0, np.float32)
        warm_up = len(before) // CHUNK_SAMPLES
        audio = with_fundamental(np.concatenate([before[len(before) - warm_up * CHUNK_SAMPLES :], samples]))
        context = np.zeros(_CONTEXT_SAMPLES, np.float32)
        chunks = np.pad(audio, (0, -len(audio) % CHUNK_SAMPLES)).reshape(-1, CHUNK_SAMPLES)
        contexts = np.concatenate([context[None], chunks[:-1, -_CONTEXT_SAMPLES:]])
        state = np.zeros(_STATE_SHAPE, np.float32)
        inputs = {"input": np.concatenate([contexts, chunks], axis=1), "h": state, "c": state}
        found: npt.NDArray[np.float32] = self._session.run(None, inputs)[0].reshape(-1)
        return found[warm_up:]


def with_fundamental(audio: Samples) -> Samples:
    """The audio, and its pitch made audible where a telephone took it away.

    Silero hardly hears a voice without what lies under 300 Hz. The envelope of a voice beats at its pitch, so the
    envelope's part under some 250 Hz, added, brings it back, as the ear does.
    """
    envelope = np.abs(audio)
    pitch = _mean(_mean(envelope, _PITCH_PERIOD_SAMPLES), _PITCH_PERIOD_SAMPLES)
    return (audio + pitch - _mean(envelope, _SLOW_SAMPLES)).astype(np.float32)


def _mean(values: npt.NDArray[np.floating], width: int) -> npt.NDArray[np.float64]:
    """Moving mean over an odd `width`, centred; zeros beyond the edges."""
    sums = np.zeros(len(values) + width)
    np.cumsum(values, out=sums[width // 2 + 1 : -(width // 2)])
    sums[-(width // 2) :] = sums[-(width // 2) - 1]
    mean: npt.NDArray[np.float64] = (sums[width:] - sums[:-width]) / width
    return mean
