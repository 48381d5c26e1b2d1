"""Clients that upload short recordings, each of other bytes, one after the other until they are told to stop."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections import Counter
from typing import TYPE_CHECKING

from sound_files import RATE_HZ, write_audio

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from criterion import Accepted

CLIENTS = 2
LENGTH_S = 2
PAUSE_S = 0.3
"""Of each client after an upload: what comes in is worked off while it comes."""


class Uploaders:
    """`told` counts the answers so far: `taken`, `refused`, `broken`."""

    def __init__(self, accepted: Accepted, sound: np.ndarray, folder: Path) -> None:
        self.told: Counter[str] = Counter()
        self._accepted, self._sound, self._folder = accepted, sound, folder
        self._numbers = itertools.count()
        self._resting = threading.Event()

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """They upload; they have stopped when the block is left."""
        self._resting.clear()
        clients = [threading.Thread(target=self._upload) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            yield
        finally:
            self._resting.set()
            for client in clients:
                client.join()

    def _upload(self) -> None:
        while not self._resting.is_set():
            answer = self._accepted.offer(self._recording(next(self._numbers)))
            self.told["broken" if answer is None else "taken" if answer.ok else "refused"] += 1
            self._resting.wait(PAUSE_S)

    def _recording(self, number: int) -> Path:
        start = number * 97 % (len(self._sound) - LENGTH_S * RATE_HZ)
        path = self._folder / f"short {number}.wav"
        return write_audio(path, self._sound[start : start + LENGTH_S * RATE_HZ])
