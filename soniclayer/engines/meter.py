"""From decoded frames to mono float32 at 16 kHz and momentary loudness.

What `Intake` has made of the frames is measured (EBU R128, on the original channels and rate), mixed down and resampled
by filters of FFmpeg; before that, stereo that would cancel is turned over.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import av

from soniclayer.engines.graph import chain, mixed, pull
from soniclayer.engines.intake import Intake, like
from soniclayer.engines.phase import StereoPhase
from soniclayer.pipeline.speech_model import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from typing_extensions import Self

    from soniclayer.pipeline.audio_engine import Samples

_RUMBLE_FILTER = "f=10:p=1"
"""One pole at 10 Hz: takes out a DC offset within 0.1 s, leaves every voice and instrument."""

_STEREO = 2

_METER_RATE_HZ = 48_000
"""The meter wants steps of exactly 100 ms: a rate that has none (11,025 Hz) is measured at this one; so is a higher
one, for FFmpeg's meter keeps three seconds of every channel as doubles (0.6 GB for 64 at 384 kHz)."""

_MOMENTARY = "lavfi.r128.M"
"""The name under which FFmpeg tells momentary loudness."""

NOTHING_LUFS = -120.691
"""What the meter shows for digital silence."""


class Meter:
    """Takes frames of any format, gives audio and a loudness per 100 ms. The first frame sets the format.

    To be used in a `with`: it holds a pipe.
    """

    def __init__(self) -> None:
        self._values = _Values()
        self._intake = Intake(self._begin)
        self._phase: StereoPhase | None = None
        self._output: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._values.close()

    def feed(self, frame: Any) -> tuple[list[Samples], list[float]] | None:
        """Take one decoded frame; give what is ready: pieces of mono audio and momentary loudness (LUFS).

        None when the frame cannot be used: not every layout of channels can be brought to that of the first frame.
        """
        blocks = self._intake.feed(frame)
        return None if blocks is None else self._measure(blocks)

    def finish(self) -> tuple[list[Samples], list[float]]:
        """What is left when the last frame has been fed."""
        pieces, momentary = self._measure(self._intake.finish())
        if self._output is not None:
            self._output.push(None)
            more, later = self._heard()
            pieces, momentary = pieces + more, momentary + later
        return pieces, momentary

    def _begin(self, rate_hz: int, layout: str) -> None:
        self._output = _output_graph(rate_hz, layout, self._values.descriptor)
        self._phase = StereoPhase() if av.AudioLayout(layout).nb_channels == _STEREO else None

    def _measure(self, blocks: list[Any]) -> tuple[list[Samples], list[float]]:
        for block in blocks:
            self._output.push(self._mixable(block))
        return self._heard() if blocks else ([], [])

    def _mixable(self, block: Any) -> Any:
        if self._phase is None:
            return block
        values = block.to_ndarray()
        mixable = self._phase.mixable(values)
        return block if mixable is values else like(block, mixable)

    def _heard(self) -> tuple[list[Samples], list[float]]:
        pieces = [frame.to_ndarray()[0] for frame in pull(self._output)]
        return pieces, self._values.read()


class _Values:
    """The pipe through which the filter graph tells its loudness: not every PyAV gives a frame's metadata."""

    def __init__(self) -> None:
        self._reading, self.descriptor = os.pipe()
        os.set_blocking(self._reading, False)
        self._rest = b""

    def read(self) -> list[float]:
        """The values told since the last call; 1 s of audio fills 1 % of the pipe."""
        told = self._rest
        while chunk := self._chunk():
            told += chunk
        *lines, self._rest = told.split(b"\n")
        return [_number(float(line.partition(b"=")[2])) for line in lines if line.startswith(_MOMENTARY.encode())]

    def close(self) -> None:
        os.close(self._reading)
        os.close(self.descriptor)

    def _chunk(self) -> bytes:
        try:
            return os.read(self._reading, 65_536)
        except BlockingIOError:
            return b""


def _number(lufs: float) -> float:
    """FFmpeg's running sum may fall a hair below 0 where sound ends, which shows as NaN."""
    return max(NOTHING_LUFS, lufs)  # of NaN and a number in this order it is the number


def _output_graph(rate_hz: int, layout: str, descriptor: int) -> Any:
    measured_hz = _METER_RATE_HZ if rate_hz % 10 else min(rate_hz, _METER_RATE_HZ)
    return chain(
        (rate_hz, "flt", layout),
        ("aresample", str(measured_hz)),
        ("ebur128", "metadata=1:framelog=quiet"),
        ("ametadata", rf"mode=print:key={_MOMENTARY}:file=pipe\:{descriptor}:direct=1"),
        *mixed(layout, SAMPLE_RATE_HZ, "mono"),
        ("highpass", _RUMBLE_FILTER),
        ("aformat", "sample_fmts=flt:channel_layouts=mono"),
    )
