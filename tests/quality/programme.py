"""Makes a programme to measure on, sound and truth, out of the labelled texts and other voices than the sample's.

    PYTHONPATH=tests python -m quality.programme 1 2      programmes by their number in labelled_programmes.yaml

A programme is spoken sentence by sentence, between music, with noise and dead air among its parts. It goes to a folder
of the cache, which is printed: give its audio to `make quality`. The first time, voices are fetched (see kokoro.py).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import yaml
from quality import kokoro
from quality.sound import RATE_HZ, read_sound
from sound_files import noise, write_audio

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    Sound = npt.NDArray[np.float32]
    Speak = Callable[[Sequence[tuple[str, str]]], list[Sound]]

DATA = Path(__file__).resolve().parent.parent / "data"

VOICES = (
    *("bf_emma", "am_fenrir", "af_bella", "bm_fable", "am_onyx", "bf_isabella", "af_sarah", "bm_lewis"),
    *("am_eric", "af_kore", "bf_alice", "am_liam", "af_aoede", "bm_daniel"),
)
"""Speakers get them in this order; none is in the sample broadcast."""

GAP_S = 0.4
PAUSE_S = 0.3
"""Between parts, and between sentences: as in the sample broadcast."""

SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass
class Tape:
    """What has been recorded so far, and the truth about it."""

    pieces: list[Sound] = field(default_factory=list)
    parts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def length_s(self) -> float:
        """Seconds so far."""
        return sum(len(piece) for piece in self.pieces) / RATE_HZ

    def add(self, sound: Sound) -> tuple[float, float]:
        """Record a sound; when it starts and ends."""
        start_s = self.length_s
        self.pieces.append(sound)
        return round(start_s, 4), round(self.length_s, 4)

    def pause(self, seconds: float) -> None:
        """Record nothing for a while."""
        self.add(np.zeros(round(seconds * RATE_HZ), np.float32))

    def finish(self, start_s: float, **what: Any) -> None:
        """Note a part from `start_s` until now in the truth."""
        self.parts.append({"id": len(self.parts) + 1, "start_s": start_s, "end_s": round(self.length_s, 4), **what})


def build(programme: dict[str, Any], speak: Speak, music: Sound) -> tuple[Sound, dict[str, Any]]:
    """A programme as sound, mono float32 at 16 kHz, shape (samples,), and its truth.

    Args:
        programme: `name` and `parts` with text, speaker and labels, as in labelled_programmes.yaml.
        speak: sounds of voices and sentences, at 16 kHz.
        music: at least 22 s of it, at 16 kHz.
    """
    spoken = _spoken(programme["parts"], speak)
    half, end = len(spoken) // 3, 2 * len(spoken) // 3
    tape = Tape()
    _other(tape, "music", music[: 10 * RATE_HZ])
    for number, (part, sentences) in enumerate(zip(programme["parts"], spoken, strict=True)):
        _speech(tape, part, sentences)
        if number == half:
            _other(tape, "noise", noise(8, colour=1.0, level=0.05).astype(np.float32))
        if number == end:
            _other(tape, "silence", np.zeros(9 * RATE_HZ, np.float32))
    _other(tape, "music", music[10 * RATE_HZ : 22 * RATE_HZ])
    truth = {
        "title": programme["name"],
        "sample_rate": RATE_HZ,
        "channels": 1,
        "duration_s": round(tape.length_s, 4),
        "gap_s": GAP_S,
        "language": "en",
        "parts": tape.parts,
    }
    return np.concatenate(tape.pieces), truth


def main(argv: list[str] | None = None) -> int:
    """Make the programmes asked for; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m quality.programme", description=__doc__.split("\n")[0])
    parser.add_argument("numbers", nargs="+", type=int, metavar="NUMBER", help="of the programme, from 1")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "soniclayer"
    parser.add_argument("--cache", type=Path, default=cache, help="where they go (default: %(default)s)")
    args = parser.parse_args(argv)
    programmes = yaml.safe_load((DATA / "labelled_programmes.yaml").read_text(encoding="utf-8"))
    music = read_sound(DATA / "music_sonicpi_45s.flac")
    for number in args.numbers:
        sound, truth = build(programmes[number - 1], lambda lines: _speak(args.cache / "kokoro", lines), music)
        folder = args.cache / "programmes" / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        write_audio(folder / "programme.flac", sound, codec="flac")
        (folder / "truth.json").write_text(json.dumps(truth, indent=1, ensure_ascii=False), encoding="utf-8")
        print(folder / "programme.flac")  # noqa: T201 - this is the command line
    return 0


def _spoken(parts: Sequence[dict[str, Any]], speak: Speak) -> list[list[tuple[str, Sound]]]:
    """The sentences of every part with their sounds."""
    speakers = list(dict.fromkeys(part["speaker"] for part in parts))
    voices = {speaker: VOICES[number % len(VOICES)] for number, speaker in enumerate(speakers)}
    lines = [[(voices[part["speaker"]], text) for text in SENTENCE.split(part["text"].strip())] for part in parts]
    sounds = iter(speak([line for sentences in lines for line in sentences]))
    return [[(text, next(sounds)) for _, text in sentences] for sentences in lines]


def _speech(tape: Tape, part: dict[str, Any], spoken: Sequence[tuple[str, Sound]]) -> None:
    tape.pause(GAP_S)
    start_s = round(tape.length_s, 4)
    sentences = []
    for text, sound in spoken:
        if sentences:
            tape.pause(PAUSE_S)
        sentence_s, end_s = tape.add(sound)
        sentences.append({"start_s": sentence_s, "end_s": end_s, "text": text})
    told = {key: part[key] for key in part if key not in {"text", "part"}}
    tape.finish(start_s, kind="speech", text=part["text"].strip(), **told, sentences=sentences)


def _other(tape: Tape, kind: str, sound: Sound) -> None:
    if tape.pieces:
        tape.pause(GAP_S)
    start_s, _ = tape.add(sound)
    tape.finish(start_s, kind=kind, text="", topic=None, tone=None)


def _speak(folder: Path, lines: Sequence[tuple[str, str]]) -> list[Sound]:
    return [_at_16_khz(sound) for sound in kokoro.speak(folder, lines)]


def _at_16_khz(sound: Sound) -> Sound:
    resampler = av.AudioResampler("flt", "mono", RATE_HZ)
    frame = av.AudioFrame.from_ndarray(np.atleast_2d(sound).astype(np.float32), "flt", "mono")
    frame.sample_rate = kokoro.RATE_HZ
    parts = [part.to_ndarray()[0] for given in (frame, None) for part in resampler.resample(given)]
    return np.concatenate(parts)


if __name__ == "__main__":
    sys.exit(main())
