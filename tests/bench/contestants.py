"""What is compared: the bare limit, the script a user would write, and `soniclayer analyze`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
from bench.processes import Took, run_together
from quality.sound import RATE_HZ, read_sound
from sound_files import write_audio

from soniclayer.models import model_dir
from soniclayer.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

MODEL = "whisper-base"

BATCHES = (1, 4, 8)

MIDDLE_S = 30.0
"""So far from the middle, to either side, a pause to cut in is looked for."""


@dataclass(frozen=True)
class Heard:
    """What a contestant took, and the text it found; of ours also what it tells of itself (see docs/performance.md)."""

    took: Took
    text: str
    timings: dict[str, Any] | None = None


class Contestants:
    """All three, on one audio file. What they write goes below `folder`."""

    def __init__(self, audio: Path, folder: Path) -> None:
        self._audio = audio
        self._folder = folder
        self._model = str(model_dir(load_settings().models_dir, MODEL))
        self._halves = cut_in_two(audio, folder)
        self._numbers = count()

    def limit(self, batch: int) -> Heard:
        """faster-whisper with nothing around it: two processes with one thread each, a half for each."""
        texts = [half.with_suffix(".txt") for half in self._halves]
        took = run_together(
            [
                ["bench.limit", str(half), self._model, str(batch), str(text)]
                for half, text in zip(self._halves, texts, strict=True)
            ]
        )
        return Heard(took, " ".join(text.read_text() for text in texts))

    def script(self) -> Heard:
        """What a user would write, with all defaults."""
        text = self._folder / "script.txt"
        return Heard(run_together([["bench.script", str(self._audio), self._model, str(text)]]), text.read_text())

    def analyze(self) -> Heard:
        """The whole command, on an empty store."""
        folder = self._folder / f"analyze-{next(self._numbers)}"
        folder.mkdir()
        took = run_together([analyze_command(self._audio, folder)])
        segments = json.loads((folder / "result.json").read_text())["segments"]
        timings = json.loads((folder / "timings.json").read_text())
        return Heard(took, " ".join(segment["text"] for segment in segments), timings)


def analyze_command(audio: Path, folder: Path) -> list[str]:
    """`soniclayer analyze` with its store (`store`), `result.json` and `timings.json` in a folder."""
    outputs = {"--store": "store", "--json": "result.json", "--timings": "timings.json"}
    options = [f"{option}={folder / name}" for option, name in outputs.items()]
    return ["soniclayer", "analyze", f"--model={MODEL}", *options, "--", str(audio)]


def cut_in_two(audio: Path, folder: Path) -> tuple[Path, Path]:
    """Both halves of an audio file as FLAC, 16 kHz mono, cut in a pause near the middle."""
    sound = read_sound(audio)
    cut = quiet_place(sound)
    halves = (folder / "first.flac", folder / "second.flac")
    for half, part in zip(halves, (sound[:cut], sound[cut:]), strict=True):
        write_audio(half, part, codec="flac")
    return halves


def quiet_place(sound: npt.NDArray[np.float32]) -> int:
    """The sample in the middle of the quietest 300 ms near the middle; of several equally quiet ones the nearest."""
    step = RATE_HZ // 10
    steps = np.square(sound[: len(sound) // step * step].reshape(-1, step)).mean(axis=1)
    middle = len(steps) // 2
    first = max(1, middle - round(10 * MIDDLE_S))
    last = min(len(steps) - 1, middle + round(10 * MIDDLE_S))
    places = sorted(range(first, last), key=lambda place: abs(place - middle))
    quietest = min(places, key=lambda place: round(float(steps[place - 1 : place + 2].sum()), 9))
    return quietest * step + step // 2
