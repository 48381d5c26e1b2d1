"""Whether browsers play a file as it is, and seek in it to where the recording's own clock says.

The list is short: what Chromium, Firefox and Safari all play, and seek in by a table, by arithmetic or by what each
frame says of itself. docs/input.md says why the others are not on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from av.stream import Disposition

from soniclayer.engines.mpeg import HEAD_BYTES, frame_kbps

if TYPE_CHECKING:
    from pathlib import Path

    from soniclayer.pipeline.audio_engine import AudioFacts

_CODECS = {
    "wav": frozenset({"pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_f32le", "pcm_alaw", "pcm_mulaw"}),
    "flac": frozenset({"flac"}),
    "mp3": frozenset({"mp3"}),
    "mov,mp4,m4a,3gp,3g2,mj2": frozenset({"aac"}),
}
"""By container, as FFmpeg names both."""

_SAMPLE_RATES_HZ = range(8_000, 96_001)
_MOST_CHANNELS = 2
_MOST_DRIFT_S = 0.05
"""So far a time stamp, or a position reckoned from a constant bit rate, may be from the recording's clock."""
_MOST_MISCOUNT_S = 0.3
"""An encoder counts whole frames, and the silence that it has put before and behind the sound."""
_MOST_DELAY_S = 0.1
"""The first time stamp of a file is that of its first sound: 1,105 samples in are usual (LAME), 69 ms at 16 kHz."""


class Playable:
    """Looks on while a file is read from start to end. `container` and `stream` are PyAV's."""

    def __init__(self, path: Path, container: Any, stream: Any, facts: AudioFacts, announced_s: float | None) -> None:
        self._fault = _fault_of(path, container, facts, announced_s)
        self._size_bytes = path.stat().st_size
        self._time_base = stream.time_base
        self._is_mp3 = facts.container == "mp3"
        self._counted_s = announced_s
        self._decoded_s = 0.0
        self._kbps = 0
        self._stray_bytes = 0
        self._end = 0
        self._first_s: float | None = None

    def packet(self, packet: Any) -> None:
        """Look at a packet of the track, tags included."""
        if not self._is_mp3 or self._fault or packet.pos is None:
            return
        kbps = frame_kbps(bytes(packet)[:HEAD_BYTES])
        if kbps != self._kbps and kbps:
            if self._kbps:
                self._fault = "an MP3 of variable bit rate"
            else:
                self._kbps, self._end = kbps, packet.pos
        if self._kbps:
            self._stray_bytes += packet.pos - self._end + (0 if kbps else packet.size)
            self._end = packet.pos + packet.size

    def frame(self, frame: Any, decoded_s: float) -> None:
        """Look at a frame that was decoded after so much sound; its time stamp is still its own."""
        self._decoded_s = decoded_s + frame.samples / frame.sample_rate
        if self._fault or frame.pts is None:
            return
        at_s = float(frame.pts * (frame.time_base or self._time_base))
        if self._first_s is None:
            self._first_s = at_s
        if abs(self._first_s) > _MOST_DELAY_S or abs(at_s - self._first_s - decoded_s) > _MOST_DRIFT_S:
            self._fault = f"time stamps that are not those of its sound, from {decoded_s:.1f} s on"

    @property
    def fault(self) -> str | None:
        """What keeps browsers from playing it exactly, in a few words; known when all was read."""
        if self._fault or not self._is_mp3:
            return self._fault
        if self._strays_s > _MOST_DRIFT_S:
            return "an MP3 with tags between or after its frames"
        if self._counted_s and abs(self._counted_s - self._decoded_s) > _MOST_MISCOUNT_S:
            return "an MP3 with another number of frames than it says"
        return None

    @property
    def _strays_s(self) -> float:
        """For so much sound a player takes the bytes that are none, when it reckons by a constant bit rate."""
        strays = max(self._stray_bytes, self._size_bytes - self._end + self._stray_bytes)
        return strays / (self._kbps * 125) if self._kbps else 0.0


def _fault_of(path: Path, container: Any, facts: AudioFacts, announced_s: float | None) -> str | None:
    """What the headers tell already."""
    if facts.codec not in _CODECS.get(facts.container, frozenset()):
        return f"{facts.codec} in {facts.container.split(',')[0]}, which not every browser plays, or seeks in"
    if facts.sample_rate_hz not in _SAMPLE_RATES_HZ or facts.channels > _MOST_CHANNELS:
        return f"{facts.channels} channels at {facts.sample_rate_hz} Hz, which not every browser plays"
    if any(_is_video(stream) for stream in container.streams.video):
        return "a video, whose pictures would be sent with the sound"
    if len(container.streams.audio) > 1:
        return "several audio tracks, of which a browser may play another"
    if facts.container == "wav" and (announced_s is None or not _is_riff(path)):
        return "a WAV that does not tell its size as all browsers read it"
    return None


def _is_video(stream: Any) -> bool:
    """Whether there are pictures that move: a cover is one that does not."""
    return not stream.disposition & Disposition.attached_pic


def _is_riff(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"RIFF"
