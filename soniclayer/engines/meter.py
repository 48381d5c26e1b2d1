"""From decoded frames to mono float32 at 16 kHz and momentary loudness, in two filter graphs of FFmpeg.

The first brings every frame to floats of one rate and layout and to blocks of a second at most; between the two NaN
is taken out, and stereo that would cancel is turned over; the second measures (EBU R128, on the original channels and
rate), mixes down and resamples.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeAlias

import av
import numpy as np

from soniclayer.engines.phase import StereoPhase
from soniclayer.pipeline.speech_model import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self

    from soniclayer.pipeline.audio_engine import Samples

Format: TypeAlias = tuple[int, str, str]
"""Of a frame: sample rate, sample format, channel layout."""

_LOUDEST = 8.0
"""Floats beyond +18 dB of full scale are noise from a broken encoder, and would drown the loudness."""

_RUMBLE_FILTER = "f=10:p=1"
"""One pole at 10 Hz: takes out a DC offset within 0.1 s, leaves every voice and instrument."""

_BLOCK_VALUES = 2**19
"""Blocks of a second, unless that were more values: one of 64 channels at 384 kHz would take 1.5 GB on its way."""

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
        self._phase: StereoPhase | None = None
        self._intake: Any = None
        self._output: Any = None
        self._intake_format: Format | None = None
        self._refused_format: Format | None = None
        self._unread = 0
        self._block_samples = 0
        self._rate_hz = 0
        self._layout = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._values.close()

    def feed(self, frame: Any) -> tuple[list[Samples], list[float]] | None:
        """Take one decoded frame; give what is ready: pieces of mono audio and momentary loudness (LUFS).

        None when the frame cannot be used: not every layout of channels can be brought to that of the first frame.
        """
        found: tuple[list[Samples], list[float]] = ([], [])
        frame_format = (frame.sample_rate, frame.format.name, frame.layout.name)
        if frame_format != self._intake_format:
            intake = self._intake_for(frame_format)
            if intake is None:
                return None
            found = self._drain_intake()
            self._intake, self._intake_format = intake, frame_format
        frame.pts = None
        self._intake.push(frame)
        self._unread += frame.samples
        if self._unread >= self._block_samples:  # asking after every frame would cost more than decoding
            self._unread = 0
            _extend(found, self._measure())
        return found

    def finish(self) -> tuple[list[Samples], list[float]]:
        """What is left when the last frame has been fed."""
        found = self._drain_intake()
        if self._output is not None:
            self._output.push(None)
            _extend(found, self._heard())
        return found

    def _intake_for(self, frame_format: Format) -> Any:
        """What frames of this format go through, built; for the first of all also what comes after it."""
        if frame_format == self._refused_format:
            return None
        try:
            return self._built(frame_format)
        except av.FFmpegError:
            self._refused_format = frame_format
            return None

    def _built(self, frame_format: Format) -> Any:
        rate_hz, _, layout = frame_format
        if self._output is not None:
            rate_hz, layout = self._rate_hz, self._layout
        else:
            self._block_samples = min(rate_hz, _BLOCK_VALUES // av.AudioLayout(layout).nb_channels)
        intake = _graph(
            frame_format,
            ("aresample", str(rate_hz)),
            ("aformat", f"sample_fmts=flt:channel_layouts={layout}"),
            ("asetnsamples", f"n={self._block_samples}:p=0"),
        )
        if self._output is None:
            self._output = _output_graph(rate_hz, layout, self._values.descriptor)
            self._rate_hz, self._layout = rate_hz, layout
            self._phase = StereoPhase() if av.AudioLayout(layout).nb_channels == _STEREO else None
        return intake

    def _drain_intake(self) -> tuple[list[Samples], list[float]]:
        if self._intake is None:
            return [], []
        self._intake.push(None)
        return self._measure()

    def _measure(self) -> tuple[list[Samples], list[float]]:
        for block in _pull(self._intake):
            self._output.push(self._sound(block))
        return self._heard()

    def _sound(self, block: Any) -> Any:
        """The block without NaN, and fit to be mixed."""
        block.pts = None
        given = block.to_ndarray()
        values = given
        if not np.abs(values).max(initial=0) <= _LOUDEST:  # `>` would be False for NaN
            values = np.clip(np.nan_to_num(values, nan=0, posinf=0, neginf=0), -_LOUDEST, _LOUDEST)
        if self._phase is not None:
            values = self._phase.mixable(values)
        if values is given:
            return block
        changed = av.AudioFrame.from_ndarray(values, "flt", self._layout)
        changed.sample_rate = self._rate_hz
        return changed

    def _heard(self) -> tuple[list[Samples], list[float]]:
        pieces = [frame.to_ndarray()[0] for frame in _pull(self._output)]
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
    return _graph(
        (rate_hz, "flt", layout),
        ("aresample", str(measured_hz)),
        ("ebur128", "metadata=1:framelog=quiet"),
        ("ametadata", rf"mode=print:key={_MOMENTARY}:file=pipe\:{descriptor}:direct=1"),
        *_mix_down(layout),
        ("highpass", _RUMBLE_FILTER),
        ("aformat", "sample_fmts=flt:channel_layouts=mono"),
    )


def _mix_down(layout: str) -> list[tuple[str, str]]:
    """FFmpeg's own matrix, scaled not to clip, where the channels have known places; else their mean."""
    channels = av.AudioLayout(layout).nb_channels
    if layout != f"{channels} channels":
        return [("aresample", f"{SAMPLE_RATE_HZ}:ochl=mono:rematrix_maxval=1")]
    mean = "+".join(f"{1 / channels:.6f}*c{n}" for n in range(channels))
    return [("pan", f"mono|c0={mean}"), ("aresample", str(SAMPLE_RATE_HZ))]


def _graph(source: Format, *filters: tuple[str, str]) -> Any:
    rate_hz, sample_format, layout = source
    graph = av.filter.Graph()
    graph.threads = 1
    nodes = [graph.add_abuffer(sample_rate=rate_hz, format=sample_format, layout=layout)]
    nodes += [graph.add(name, arguments) for name, arguments in filters]
    graph.link_nodes(*nodes, graph.add("abuffersink"))
    graph.configure()
    return graph


def _pull(graph: Any) -> Iterator[Any]:
    while True:
        try:
            yield graph.pull()
        except (av.BlockingIOError, av.EOFError):  # noqa: PERF203 - the only way to ask
            return


def _extend(found: tuple[list[Samples], list[float]], more: tuple[list[Samples], list[float]]) -> None:
    found[0].extend(more[0])
    found[1].extend(more[1])
