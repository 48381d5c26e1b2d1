"""Measures an analysis against the truth: `make quality AUDIO=... TRUTH=... JSON=out.json`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from quality.analysis import AnalysisError, analyse
from quality.measure import measure
from quality.report import report
from quality.sound import RATE_HZ, SoundError, read_sound
from quality.truth import Truth, TruthError, load_truth

BROADCAST = Path(__file__).resolve().parent.parent / "data" / "broadcast"

LENGTH_S = 0.5
"""Encoders pad and cut; a truth whose length differs by more is of another audio."""

EPILOG = """\
Every figure is told in docs/quality.md. Exit codes: 0 measured, whether targets were met or missed; 1 the analysis
failed; 2 wrong usage, or a truth that does not fit the audio; 130 interrupted.
"""


def main(argv: list[str] | None = None) -> int:
    """Analyse, compare, tell; the exit code."""
    args = _parser().parse_args(argv)
    audio, truth_file = _inputs(args)
    try:
        truth = load_truth(truth_file)
        sound = read_sound(audio)
        _check_length(truth, len(sound) / RATE_HZ, audio)
        _check_writable(args.json)
    except (TruthError, SoundError, FileNotFoundError) as error:
        return _complain(error, 2)
    print(f"analysing {audio.name}, {truth.duration_s:.0f} s of audio", file=sys.stderr, flush=True)  # noqa: T201 - this is the command line
    try:
        quality = measure(truth, analyse(audio, args.model, args.language), sound)
    except AnalysisError as error:
        return _complain(error, 1)
    except KeyboardInterrupt:
        return 130
    print(report(quality))  # noqa: T201 - this is the command line
    if args.json:
        args.json.write_text(json.dumps(quality.figures(), indent=1) + "\n", encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m quality", description=__doc__, epilog=EPILOG)
    parser.add_argument("--audio", type=Path, metavar="FILE", help="what to analyse (default: the sample broadcast)")
    parser.add_argument("--truth", type=Path, metavar="FILE", help="its truth (default: truth.json beside the audio)")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the figures to PATH")
    parser.add_argument("--model", metavar="NAME", default="whisper-base", help="speech model (default: %(default)s)")
    parser.add_argument("--language", metavar="CODE", help="language spoken (default: detected)")
    return parser


def _inputs(args: argparse.Namespace) -> tuple[Path, Path]:
    audio = args.audio or BROADCAST / "broadcast.flac"
    return audio, args.truth or audio.parent / "truth.json"


def _check_length(truth: Truth, duration_s: float, audio: Path) -> None:
    if abs(truth.duration_s - duration_s) > LENGTH_S:
        raise TruthError(f"the truth is of {truth.duration_s:.1f} s of audio, but {audio} has {duration_s:.1f} s")


def _check_writable(target: Path | None) -> None:
    """An hour of analysis is not to be lost over a wrong path."""
    if target and not target.parent.is_dir():
        raise FileNotFoundError(f"{target.parent}: no such folder")


def _complain(error: Exception, code: int) -> int:
    print(f"quality: {error}", file=sys.stderr)  # noqa: T201 - this is the command line
    return code


if __name__ == "__main__":
    sys.exit(main())
