"""Measures programmes under hard conditions: `PYTHONPATH=tests python -m quality.conditions` (docs/hearing.md)."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quality.analysis import analyse
from quality.conditions.make import PHONE_RATE_HZ, at_peak, over_bed, overlapping, pink, telephone
from quality.measure import measure
from quality.sound import RATE_HZ, read_sound
from quality.truth import load_truth
from sound_files import DATA, write_audio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from quality.conditions.make import Sound
    from quality.truth import Truth

    Made = tuple[Sound, Truth, int]

PROGRAMMES = {"broadcast": "broadcast.flac", "harbour": "harbour.ogg"}
COLUMNS = {
    "wer": "word error rate",
    "words_in_non_speech": "words in non-speech",
    "non_speech_found": "non-speech found",
    "non_speech_invented": "invented",
    "edges_in_words": "edges in words",
}


def main() -> int:
    """Analyse every programme under every condition; a row each, as they come."""
    args = _parser().parse_args()
    figures: dict[str, dict[str, Any]] = {}
    _tell(["programme", "condition", *COLUMNS.values()])
    _tell(["---"] * (len(COLUMNS) + 2))
    for name, file in PROGRAMMES.items():
        folder = DATA / name
        truth = load_truth(folder / "truth.json")
        for condition, make in _conditions(read_sound(folder / file), truth):
            if args.only and args.only not in f"{name}, {condition}":
                continue
            found = _measured(*make(), args.model)
            figures[f"{name}, {condition}"] = found
            _tell([name, condition, *(_shown(key, found[key]) for key in COLUMNS)])
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


def _conditions(sound: Sound, truth: Truth) -> Iterator[tuple[str, Callable[[], Made]]]:
    yield "as it is", lambda: (sound, truth, RATE_HZ)
    for peak_dbfs in (-6.0, -20.0, -40.0):
        yield f"peak at {peak_dbfs:.0f} dBFS", partial(lambda level: (at_peak(sound, level), truth, RATE_HZ), peak_dbfs)
    yield "telephone: 300-3,400 Hz at 8 kHz", lambda: (telephone(sound), truth, PHONE_RATE_HZ)
    music = read_sound(DATA / "music_sonicpi_45s.flac")
    yield "speech over music, 10 dB", lambda: (over_bed(sound, truth, music, 10), truth, RATE_HZ)
    yield "speech in pink noise, 15 dB", lambda: (over_bed(sound, truth, pink(60), 15), truth, RATE_HZ)
    yield "two voices for 2 s at each change", lambda: (*overlapping(sound, truth, 2.0), RATE_HZ)


def _measured(sound: Sound, truth: Truth, rate_hz: int, model: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="soniclayer-conditions-") as folder:
        audio = write_audio(Path(folder) / "made.wav", sound, rate_hz)
        return measure(truth, analyse(audio, model), read_sound(audio)).figures()


def _shown(key: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value * 100:.1f} %" if key in {"wer", "non_speech_found"} else str(value)


def _tell(cells: list[str]) -> None:
    print("| " + " | ".join(cells) + " |", flush=True)  # noqa: T201 - this is the command line


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m quality.conditions", description=__doc__)
    parser.add_argument("--only", metavar="TEXT", help="only where this stands in `programme, condition`")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write all figures to PATH")
    parser.add_argument("--model", metavar="NAME", default="whisper-base", help="speech model (default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
