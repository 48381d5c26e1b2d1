"""Where in a sentence there is sound: its times in the truth may include the quiet at its ends."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import av
import numpy as np

from soniclayer.domain.window import Span

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

RATE_HZ = 16_000
STEP_S = 0.01

SOUNDING_DB = 20.0
"""Below the loudest step of a sentence there may be breath and the hiss of a voice's end (measured: 22-28 dB below)."""


class SoundError(Exception):
    """The audio cannot be read: one line that says why."""


def read_sound(path: Path) -> npt.NDArray[np.float32]:
    """An audio file as mono float32 at 16 kHz, shape (samples,).

    Raises:
        SoundError: there is no such file, or no sound in it.
    """
    try:
        parts = _decode(path)
    except (OSError, av.FFmpegError) as error:
        raise SoundError(f"{path}: {error.strerror}") from None
    if not parts:
        raise SoundError(f"{path}: no sound in it")
    return np.concatenate(parts)


def sounding(span: Span, sound: npt.NDArray[np.float32]) -> Span:
    """A span without the quiet at its ends; as it is where there is no sound in it."""
    step = round(STEP_S * RATE_HZ)
    start = round(span.start_s * RATE_HZ)
    inside = sound[start : round(span.end_s * RATE_HZ)]
    steps = inside[: len(inside) // step * step].reshape(-1, step)
    if not steps.any():
        return span
    level_db = 10 * np.log10(np.square(steps, dtype=np.float64).mean(axis=1) + 1e-12)
    loud = np.flatnonzero(level_db > level_db.max() - SOUNDING_DB)
    return Span((start + loud[0] * step) / RATE_HZ, (start + (loud[-1] + 1) * step) / RATE_HZ)


def _decode(path: Path) -> list[npt.NDArray[np.float32]]:
    resampler = av.AudioResampler("flt", "mono", RATE_HZ)
    with av.open(str(path)) as container:
        frames = chain(container.decode(audio=0), [None]) if container.streams.audio else []
        return [part.to_ndarray()[0] for frame in frames for part in resampler.resample(frame)]
