"""The listening copy: the sound of a recording as AAC in MP4, which every browser plays and seeks in by a table.

Its clock is the recording's own: what is written is what was decoded, sample after sample, as `prepare` counts them.
"""

from __future__ import annotations

from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av

from soniclayer.engines.container import HostileFile
from soniclayer.engines.graph import chain, mixed, pull
from soniclayer.engines.intake import Intake
from soniclayer.errors import EngineError, StoreFull
from soniclayer.storage.full import FULL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typing_extensions import Self

STRETCH_S = 60.0
"""So much is written at a time: half a second to a second of work, after which others have their turn."""

_RATES_HZ = frozenset({8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000})
_USUAL_RATE_HZ = 48_000
"""What AAC may have (ISO 14496-3, 1.6.3.4) and every sound card plays; another rate becomes the usual one."""

_BIT_RATES = {"mono": 64_000, "stereo": 96_000}
"""29 MB and 43 MB an hour; enough to hear what was said, and how."""

_ENCODER = {"aac_coder": "fast", "aac_ms": "0"}
"""Measured on one core: mono is encoded at 129 times its speed, with the usual search for the best coefficients at 54;
stereo at 83 times, with a search for what both channels share at 34."""

_MUXER = {"movflags": "+faststart", "fflags": "+bitexact"}
"""The table comes first, so that a player asks once; nothing of time or version of the encoder is written."""


def write_copy(source: Path, target: Path) -> Iterator[float]:
    """Write the sound of `source` to `target`, which exists; yields after every STRETCH_S how much was read (s).

    Mono stays mono, all else becomes stereo. Half-written when it is not read to the end.

    Raises:
        InputError: see `open_audio`.
        StoreFull: no space for it.
        EngineError: `listening_copy`: it cannot be made.
    """
    with HostileFile(source) as file, _faults(), _Copy(target) as copy:
        read_s, told_s = 0.0, 0.0
        for frame in file.frames():
            read_s += frame.samples / frame.sample_rate
            copy.add(frame)
            if read_s >= told_s + STRETCH_S:
                told_s = read_s
                yield read_s
        copy.finish()


class _Copy:
    """An MP4 that is being written. To be used in a `with`."""

    def __init__(self, target: Path) -> None:
        self._container = av.open(str(target), "w", format="mp4", options=_MUXER)
        self._intake = Intake(self._begin)
        self._graph: Any = None
        self._stream: Any = None
        self._written = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def add(self, frame: Any) -> None:
        """Take a decoded frame; one that `prepare` leaves out is left out."""
        for block in self._intake.feed(frame) or ():
            self._write(block)

    def finish(self) -> None:
        """Write what is left, and the table."""
        for block in self._intake.finish():
            self._write(block)
        if self._stream is None:
            raise EngineError("nothing was decoded", code="listening_copy")
        self._write(None)
        self._container.mux(self._stream.encode(None))
        self._container.close()

    def _begin(self, rate_hz: int, layout: str) -> None:
        to = "mono" if av.AudioLayout(layout).nb_channels == 1 else "stereo"
        to_hz = rate_hz if rate_hz in _RATES_HZ else _USUAL_RATE_HZ
        shape = ("aformat", f"sample_fmts=fltp:channel_layouts={to}")
        self._graph = chain((rate_hz, "flt", layout), *mixed(layout, to_hz, to), shape)
        self._stream = self._container.add_stream("aac", rate=to_hz, layout=to, options=_ENCODER)
        self._stream.bit_rate = _BIT_RATES[to]
        self._stream.codec_context.thread_count = 1

    def _write(self, block: Any) -> None:
        """Encode a block; None is the end of all."""
        self._graph.push(block)
        for frame in pull(self._graph):
            frame.pts, frame.time_base = self._written, Fraction(1, frame.sample_rate)
            self._written += frame.samples
            self._container.mux(self._stream.encode(frame))


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except (av.FFmpegError, ValueError) as error:
        if getattr(error, "errno", None) in FULL:
            raise StoreFull("no space left for the listening copy; free some space") from error
        raise EngineError(f"no listening copy can be written: {error}", code="listening_copy") from error
