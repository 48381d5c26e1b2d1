"""The door for hostile bytes: opens a container, picks its audio track, and gives out decoded frames.

Only the formats and codecs of the two lists are ever touched: no playlists, network protocols or video.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import av

from soniclayer.engines.damage import Damage, wav_announced_s
from soniclayer.errors import InputError
from soniclayer.pipeline.audio_engine import AudioFacts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typing_extensions import Self

FORMATS = ("wav", "mp3", "flac", "ogg", "aac", "mov", "mp4", "m4a", "matroska", "webm")
"""Demuxers that may be tried: WAV (BWF, RF64), MP3/MP2, FLAC, Ogg, ADTS AAC, MP4/M4A, WebM/Matroska."""

_PCM = "u8 s16le s16be s24le s24be s32le s32be f32le f32be f64le f64be alaw mulaw"
CODECS = (
    "aac", "alac", "flac", "libopus", "mp2", "mp2float", "mp3", "mp3float", "opus", "vorbis",
    *(f"pcm_{kind}" for kind in _PCM.split()),
)  # fmt: skip
"""Decoders of FFmpeg that may run."""

_TOLERANT_PYAV = 19
METADATA_ERRORS: dict[str, Any] = (
    {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < _TOLERANT_PYAV else {}
)
"""Before PyAV 19 a tag that is not UTF-8 makes a file unreadable, unless asked to be replaced."""

SAMPLE_RATES_HZ = range(4_000, 384_001)
CHANNELS = range(1, 65)
"""Outside these a header is a lie or an attack (a WAV header may claim 65,535 channels at 4 GHz)."""

_BAD_READS_IN_A_ROW = 100
"""After so many errors without a packet between them reading is given up."""


class HostileFile:
    """One file, opened. Close it, or use it in a `with`."""

    def __init__(self, path: Path) -> None:
        """Open and read the headers.

        Raises:
            InputError: `empty`, `undecodable`, `no_audio`, `unsupported`; the message names the cause.
            OSError: the file cannot be read.
        """
        av.logging.set_level(None)  # FFmpeg would write to our stderr
        self._file = path.open("rb")
        try:
            self._container = _open(self._file)
            self._stream = _audio_stream(self._container)
            self.facts = _facts(self._container, self._stream)
            self._announced_s = wav_announced_s(path) if self.facts.container == "wav" else self.facts.duration_s
        except BaseException:
            self._file.close()
            raise
        self._damage = Damage()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the container and the file."""
        self._container.close()
        self._file.close()

    def frames(self) -> Iterator[Any]:
        """Decoded `av.AudioFrame`s in file order. What cannot be read is left out, and remembered."""
        for packet in self._packets():
            yield from self._decoded(packet)
            if packet.is_corrupt:
                self._damage.bad()

    @property
    def damage(self) -> str | None:
        """What was missing or bad, in one line; None for a healthy file. Known when `frames` has ended."""
        return self._damage.line(self.facts.container, self._announced_s)

    def _packets(self) -> Iterator[Any]:
        failures = 0
        while failures < _BAD_READS_IN_A_ROW:
            try:
                for packet in self._container.demux(self._stream):
                    failures = 0
                    yield packet
            except (EOFError, StopIteration):  # noqa: PERF203 - reading goes on after an error
                return
            except (av.FFmpegError, ValueError) as error:
                failures += 1
                reason = _reason(error)
            else:
                return
        self._damage.read_error = reason

    def _decoded(self, packet: Any) -> Iterator[Any]:
        try:
            frames = packet.decode()
        except (av.FFmpegError, ValueError):
            self._damage.bad()
            return
        for frame in frames:
            if frame.sample_rate in SAMPLE_RATES_HZ and frame.layout.nb_channels in CHANNELS:
                self._damage.good(frame.samples / frame.sample_rate)
                yield frame
            else:
                self._damage.bad()


def _open(file: Any) -> Any:
    if not file.seek(0, 2):
        raise InputError("the file is empty (0 bytes)", code="empty")
    file.seek(0)
    limits = {
        "format_whitelist": ",".join(FORMATS),
        "codec_whitelist": ",".join(CODECS),
        "protocol_whitelist": "none",
    }
    try:
        return av.open(file, "r", container_options=limits, **METADATA_ERRORS)
    except (av.FFmpegError, ValueError) as error:
        raise InputError(
            f"no readable audio file: neither WAV, MP3, FLAC, Ogg, AAC, MP4/M4A nor WebM ({_reason(error)})",
            code="undecodable",
        ) from None


def _audio_stream(container: Any) -> Any:
    stream = container.streams.best("audio")
    if stream is None:
        kinds = sorted({s.type for s in container.streams})
        raise InputError(f"no audio track; the file has: {', '.join(kinds) or 'nothing'}", code="no_audio")
    context = stream.codec_context
    if context is None or context.codec.name not in CODECS:
        name = "unknown" if context is None else context.name
        raise InputError(f"audio codec {name} is not supported", code="unsupported")
    if context.sample_rate not in SAMPLE_RATES_HZ or context.layout.nb_channels not in CHANNELS:
        raise InputError(
            f"{context.sample_rate} Hz with {context.layout.nb_channels} channels is not supported",
            code="unsupported",
        )
    context.thread_count = 1
    return stream


def _facts(container: Any, stream: Any) -> AudioFacts:
    context = stream.codec_context
    duration_s = None
    if stream.duration and stream.time_base:
        duration_s = float(stream.duration * stream.time_base)
    elif container.duration and len(container.streams) == 1:  # else it may be that of the video
        duration_s = container.duration / av.time_base
    return AudioFacts(
        container=container.format.name,
        codec=context.codec.canonical_name,
        sample_rate_hz=context.sample_rate,
        channels=context.layout.nb_channels,
        duration_s=duration_s if duration_s and duration_s > 0 else None,
    )


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(str(text).split())
