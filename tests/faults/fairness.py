"""A long recording, and short ones uploaded after it: who ends when, and how much waited in the queues meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sound_files import RATE_HZ, write_audio

from soniclayer.domain.state import ENDED

if TYPE_CHECKING:
    from pathlib import Path

    from service import Service

LOOK_S = 0.25
BLOCK_S = 600


@dataclass(frozen=True)
class Ends:
    """Seconds after the upload of the long one at which each had ended, and the most messages that ever waited."""

    long_s: float
    short_s: list[float]
    most_waiting: int
    windows: int


def write_long(path: Path, speech: np.ndarray, length_s: float) -> Path:
    """Ten minutes of near silence with a sentence in it, again and again."""
    block = np.random.default_rng(1).normal(0, 1e-4, BLOCK_S * RATE_HZ).astype(np.float32)
    block[RATE_HZ : RATE_HZ + len(speech)] += speech
    return write_audio(path, np.tile(block, round(length_s / BLOCK_S)), codec="flac")


def race(service: Service, long: Path, shorts: list[Path], patience_s: float) -> Ends:
    """Upload the long one, then the short ones as soon as its first window is there, and wait for all."""
    started_s = time.monotonic()
    ids = [service.upload(path) for path in (long, *shorts)]
    ended: dict[str, float] = {}
    most_waiting = 0
    with service.courier() as courier:
        while len(ended) < len(ids):
            assert time.monotonic() - started_s < patience_s, service.told()
            most_waiting = max(most_waiting, sum(depth.waiting for depth in courier.queue.depths()))
            for audio_id in ids:
                if audio_id not in ended and courier.index.get(audio_id).state in ENDED:
                    ended[audio_id] = round(time.monotonic() - started_s, 2)
            time.sleep(LOOK_S)
    windows = len(service.run(ids[0]).survey().windows)
    return Ends(ended[ids[0]], [ended[one] for one in ids[1:]], most_waiting, windows)
