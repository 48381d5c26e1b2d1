"""Decoding: any accepted file as mono float32 at 16 kHz, block by block, with its loudness."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from soniclayer.engines.container import HostileFile
from soniclayer.engines.meter import NOTHING_LUFS, Meter
from soniclayer.errors import InputError
from soniclayer.pipeline.audio_engine import STEP_SAMPLES, AudioBlock, AudioFacts, Samples
from soniclayer.pipeline.speech_model import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_READ_BLOCK_SAMPLES = 100 * STEP_SAMPLES


def probe(path: Path) -> AudioFacts:
    """What the headers of a file say.

    Raises:
        InputError: it is no audio file that we read; `code` says why.
        OSError: the file cannot be read.
    """
    with HostileFile(path) as file:
        return file.facts


@contextmanager
def open_audio(path: Path) -> Iterator[Reader]:
    """Open a recording of any accepted format for one pass of decoding.

    Raises:
        InputError: it is no audio file that we read; `code` says why.
        OSError: the file cannot be read.
    """
    with HostileFile(path) as file:
        yield Reader(file)


class Reader:
    """An open recording (see `pipeline.audio_engine.AudioReader`).

    Time is counted in decoded samples: time stamps that jump or lie have no say. Mid-stream changes of rate
    and layout are converted to what the first frame had.
    """

    def __init__(self, file: HostileFile) -> None:
        self._file = file
        self.facts = file.facts

    @property
    def damage(self) -> str | None:
        """One line on what could not be read; known when `blocks` has ended."""
        return self._file.damage

    @property
    def unsuited(self) -> str | None:
        """Why browsers would not play it exactly, None when they do; known when `blocks` has ended."""
        return self._file.unsuited

    def blocks(self, block_samples: int) -> Iterator[AudioBlock]:
        """Decode the recording. NaN and infinity become 0; a DC offset is taken out.

        Args:
            block_samples: length of all blocks but the last, a multiple of STEP_SAMPLES.

        Raises:
            InputError: `encrypted`, or `undecodable` when nothing but damage was found.
        """
        pending = _Pending(block_samples)
        with Meter() as meter:
            for frame in self._file.frames():
                heard = meter.feed(frame)
                if heard is None:
                    self._file.leave_out(frame)
                    continue
                pending.add(heard)
                yield from pending.full_blocks()
            pending.add(meter.finish())
        yield from pending.full_blocks()
        yield from pending.rest()
        if not pending.taken and self.damage:
            raise InputError(f"none of the audio could be decoded; {self.damage}", code="undecodable")


def read_span(path: Path, start_s: float, end_s: float) -> Iterator[Samples]:
    """The audio from `start_s` to `end_s`, in pieces. Decodes from the start: seeking is not exact in every format.

    A piece is given for every 10 s decoded, also before the start, where it is empty: a sign of life.

    Raises:
        InputError: it is no audio file that we read.
    """
    first, end = round(start_s * SAMPLE_RATE_HZ), round(end_s * SAMPLE_RATE_HZ)
    position = 0
    with open_audio(path) as reader:
        for block in reader.blocks(_READ_BLOCK_SAMPLES):
            yield block.samples[max(first - position, 0) : max(end - position, 0)]
            position += len(block.samples)
            if position >= end:
                return


class _Pending:
    """Collects what the meter gives and cuts it into blocks of one length."""

    def __init__(self, block_samples: int) -> None:
        self._block_samples = block_samples
        self._pieces: list[Samples] = []
        self._held = 0
        self.taken = 0
        self._momentary: list[float] = []
        self._last_lufs = NOTHING_LUFS

    def add(self, heard: tuple[list[Samples], list[float]]) -> None:
        pieces, momentary = heard
        self._pieces += pieces
        count = sum(map(len, pieces))
        self._held += count
        self.taken += count
        self._momentary += momentary

    def full_blocks(self) -> Iterator[AudioBlock]:
        while self._held >= self._block_samples:
            yield self._take(self._block_samples)

    def rest(self) -> Iterator[AudioBlock]:
        if self._held:
            yield self._take(self._held)

    def _take(self, count: int) -> AudioBlock:
        samples = np.concatenate(self._pieces)
        self._pieces, self._held = [samples[count:]], len(samples) - count
        steps = -(-count // STEP_SAMPLES)
        values = self._momentary[:steps]
        del self._momentary[:steps]
        values += [values[-1] if values else self._last_lufs] * (steps - len(values))  # an unfinished step has none
        self._last_lufs = values[-1]
        return AudioBlock(samples[:count], tuple(values))
