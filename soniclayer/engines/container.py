"""The door for hostile bytes: opens a container, picks its audio track, and gives out decoded frames.

Only the formats and codecs of the two lists are ever touched: no playlists, network protocols or video.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import av

from soniclayer.engines.damage import Damage
from soniclayer.engines.ends import mp4_boxes, ogg_ends_early, second_wav, wav_announced_s
from soniclayer.engines.mpeg import HEAD_BYTES, frame_bytes, mp3_announced_s, tag_bytes
from soniclayer.engines.playable import Playable
from soniclayer.engines.refusal import refusal
from soniclayer.engines.within import FileWithin
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

_RAW_FRAMES = frozenset({"mp3", "aac"})
"""Formats that are frames one after the other, with tags before, after and between."""

_MP4 = "mp4"
_ENCRYPTED_TAGS = frozenset({"drms", "enca"})
_KEY = "enc_key_id"
"""What MP4 (by codec tag) and Matroska (by a key in the metadata) say of an encrypted track."""

_BAD_READS_IN_A_ROW = 100
"""After so many errors without a packet between them reading is given up."""


class HostileFile:
    """One file, opened. Close it, or use it in a `with`."""

    def __init__(self, path: Path) -> None:
        """Open and read the headers.

        Raises:
            InputError: `empty`, `undecodable`, `no_audio`, `unsupported`, `encrypted`; the message names the cause.
            OSError: the file cannot be read.
        """
        av.logging.set_level(None)  # FFmpeg would write to our stderr
        self._file = FileWithin(path)
        try:
            self._container = _open(self._file)
            self._stream = _audio_stream(self._container)
            self.facts = _facts(self._container, self._stream)
            self._announced_s = _announced_s(path, self.facts)
        except BaseException:
            self._file.close()
            raise
        self._path = path
        self._damage = Damage()
        self._playable = Playable(path, self._container, self._stream, self.facts, self._announced_s)
        self._last_packet: Any = None
        self._tag_end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the container and the file."""
        self._container.close()
        self._file.close()

    def frames(self) -> Iterator[Any]:
        """Decoded `av.AudioFrame`s in file order. What cannot be read is left out, and remembered.

        Raises:
            InputError: `encrypted`.
        """
        for packet in self._packets():
            if packet.has_sidedata("encryption_info"):
                raise _encrypted()
            yield from self._decoded(packet)
            if packet.is_corrupt:
                self._damage.bad()
        self._damage.cut_off = self._ends_early()
        self._damage.goes_on = self._goes_on()

    def leave_out(self, frame: Any) -> None:
        """Remember that a frame that `frames` gave could not be used."""
        self._damage.left_out(frame.samples / frame.sample_rate)

    @property
    def damage(self) -> str | None:
        """What was missing or bad, in one line; None for a healthy file. Known when `frames` has ended."""
        return self._damage.line(self.facts.container, self._announced_s)

    @property
    def unsuited(self) -> str | None:
        """Why a browser would not play it exactly, in a few words; None when it does. Known when `frames` has ended.

        What is missing or bad, browsers leave out or fill in each in its own way.
        """
        return "damage" if self.damage else self._playable.fault

    def _packets(self) -> Iterator[Any]:
        failures = 0
        while failures < _BAD_READS_IN_A_ROW:
            try:
                for packet in self._container.demux(self._stream):
                    failures = 0
                    if packet.size:
                        self._last_packet = packet
                        self._playable.packet(packet)
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
            if not self._is_tag(packet):
                self._damage.bad()
            return
        for frame in frames:
            if frame.sample_rate in SAMPLE_RATES_HZ and frame.layout.nb_channels in CHANNELS:
                self._playable.frame(frame, self._damage.decoded_s)
                self._damage.good(frame.samples / frame.sample_rate)
                yield frame
            else:
                self._damage.bad()

    def _is_tag(self, packet: Any) -> bool:
        """Whether a packet is (part of) a tag, which stands in the middle where MP3 files were joined."""
        if self.facts.container not in _RAW_FRAMES or packet.pos is None:
            return False
        if size := tag_bytes(bytes(packet)[:HEAD_BYTES]):
            self._tag_end = packet.pos + size
        return bool(packet.pos < self._tag_end)

    def _ends_early(self) -> bool:
        if self.facts.container == "ogg":
            return ogg_ends_early(self._path)
        if self.facts.container not in _RAW_FRAMES or self._last_packet is None:
            return False
        return bool(self._last_packet.size < frame_bytes(bytes(self._last_packet)[:HEAD_BYTES]))

    def _goes_on(self) -> bool:
        """Whether a second file follows the first, which FFmpeg does not look at."""
        if self.facts.container == "wav":
            return second_wav(self._path)
        return _MP4 in self.facts.container and list(mp4_boxes(self._file)).count(b"moov") > 1


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
        raise refusal(file, error) from None


def _audio_stream(container: Any) -> Any:
    stream = container.streams.best("audio") or next(iter(container.streams.audio), None)
    if stream is None:
        kinds = sorted({s.type for s in container.streams})
        raise InputError(f"no audio track; the file has: {', '.join(kinds) or 'nothing'}", code="no_audio")
    context = stream.codec_context
    if context is None:
        raise InputError("the audio codec is unknown, or not told", code="unsupported")
    if _codec_tag(context) in _ENCRYPTED_TAGS or _KEY in stream.metadata:
        raise _encrypted()
    if context.codec.name not in CODECS:
        raise InputError(f"audio codec {context.name} is not supported", code="unsupported")
    if not context.sample_rate:
        raise InputError("the audio track has no sample rate: none of it could be decoded", code="undecodable")
    if context.sample_rate not in SAMPLE_RATES_HZ or context.layout.nb_channels not in CHANNELS:
        raise InputError(
            f"{context.sample_rate} Hz with {context.layout.nb_channels} channels is not supported",
            code="unsupported",
        )
    context.thread_count = 1
    return stream


def _codec_tag(context: Any) -> str:
    try:
        return str(context.codec_tag)
    except UnicodeDecodeError:  # PyAV takes every tag for letters
        return ""


def _encrypted() -> InputError:
    return InputError("the audio is encrypted (DRM)", code="encrypted")


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


def _announced_s(path: Path, facts: AudioFacts) -> float | None:
    """The duration that a header announces; None where it says nothing, and FFmpeg guesses by bit rate."""
    if facts.container == "wav":
        return wav_announced_s(path)
    if facts.container == "mp3":
        return mp3_announced_s(path)
    return None if facts.container == "aac" else facts.duration_s


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(str(text).split())
