"""The sound of a window as stored: 16 kHz mono, 16 bit FLAC."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import av
import numpy as np

from soniclayer.errors import StoreError
from soniclayer.pipeline.speech_model import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from soniclayer.pipeline.audio_engine import Samples

FULL_SCALE = 32767


def encode_flac(samples: Samples) -> bytes:
    """Mono float32 at 16 kHz as a 16 bit FLAC file. The same samples give the same bytes."""
    pcm = np.rint(np.clip(samples, -1, 1) * FULL_SCALE).astype(np.int16)
    target = io.BytesIO()
    with av.open(target, "w", format="flac", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("flac", rate=SAMPLE_RATE_HZ)
        stream.layout, stream.format = "mono", "s16"
        for start in range(0, len(pcm), SAMPLE_RATE_HZ):
            frame = av.AudioFrame.from_ndarray(pcm[None, start : start + SAMPLE_RATE_HZ], "s16", "mono")
            frame.sample_rate, frame.pts = SAMPLE_RATE_HZ, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def decode_flac(data: bytes, duration_s: float) -> Samples:
    """The samples of a window's sound.

    Args:
        data: what `encode_flac` made.
        duration_s: of the window: a file of another length is damaged too.

    Raises:
        StoreError: `object_damaged`.
    """
    try:
        with av.open(io.BytesIO(data), "r", format="flac") as container:
            frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise StoreError(f"damaged sound of a window: {error}", code="object_damaged") from None
    pcm = np.concatenate([np.zeros(0, np.int16), *frames])
    if len(pcm) != round(duration_s * SAMPLE_RATE_HZ):
        raise StoreError(f"damaged sound of a window: {len(pcm)} samples for {duration_s} s", code="object_damaged")
    samples: Samples = (pcm / np.float32(FULL_SCALE)).astype(np.float32)
    return samples
