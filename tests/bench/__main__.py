"""Measures speed and memory on this machine: `make bench JSON=out.json`. What the figures mean: docs/performance.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.broadcast import Recording, cache_folder, make_broadcast
from bench.dashboard_part import dashboard
from bench.langflow_part import langflow
from bench.machine import machine_facts
from bench.parts import first_window, memory, speed
from bench.processes import CommandFailed
from bench.report import document, table
from bench.service_parts import backend, steps, suite

if TYPE_CHECKING:
    from bench.parts import Measured

PARTS = ("speed", "first_window", "memory", "backend", "steps", "suite", "langflow", "dashboard")

SPEED_S = 480.0
HOUR_S = 3600.0
SHORT_S, LONG_S = 600.0, 4 * 3600.0

EPILOG = """\
Everything takes about 35 minutes on two cores, most of it the 4 hours of audio of the part `memory`; have the machine
for yourself. Exit codes: 0 measured, whether targets were met or missed; 1 a command failed; 2 wrong usage.
"""


def main(argv: list[str] | None = None) -> int:
    """Measure what is asked for, tell it; the exit code."""
    args = _parser().parse_args(argv)
    machine = machine_facts()
    figures, raw = {}, {}
    try:
        with tempfile.TemporaryDirectory(prefix="soniclayer-bench-") as folder:
            for part in args.only:
                found, raw[part] = _measure(part, args, Path(folder))
                figures.update(found)
                if args.json:
                    args.json.write_text(document(figures, raw, machine))
    except CommandFailed as error:
        print(f"bench: a command failed: {error}", file=sys.stderr)  # noqa: T201 - this is the command line
        return 1
    except KeyboardInterrupt:
        return 130
    print(table(figures, machine))  # noqa: T201 - this is the command line
    return 0


def _measure(part: str, args: argparse.Namespace, folder: Path) -> Measured:
    if part == "speed":
        recording = Recording(args.audio, args.truth) if args.audio else _made(SPEED_S)
        return speed(recording, args.runs, folder, _tell)
    if part == "first_window":
        return first_window(_made(HOUR_S), args.runs, folder, _tell)
    if part == "memory":
        return memory(_made(SHORT_S), _made(LONG_S), folder, _tell)
    if part == "suite":
        return suite(_made(SPEED_S), args.runs, folder, _tell)
    return {"backend": backend, "steps": steps, "langflow": langflow, "dashboard": dashboard}[part](
        args.runs, folder, _tell
    )


def _made(least_s: float) -> Recording:
    _tell(f"making {least_s / 60:.0f} minutes of broadcast, if they are not in {cache_folder()}")
    return make_broadcast(cache_folder(), least_s)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__, epilog=EPILOG)
    parser.add_argument("--json", type=_writable, metavar="PATH", help="write figures and raw numbers to PATH")
    parser.add_argument("--runs", type=_count, default=3, metavar="N", help="runs of each (default: %(default)s)")
    parser.add_argument("--only", type=_parts, default=PARTS, metavar="PART,...", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--audio", type=_file, metavar="FILE", help="for `speed` (default: made of the sample)")
    parser.add_argument("--truth", type=_file, metavar="FILE", help="what is said in it, for word error rates")
    return parser


def _parts(names: str) -> list[str]:
    parts = names.split(",")
    unknown = [name for name in parts if name not in PARTS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return parts


def _count(number: str) -> int:
    if not number.isdecimal() or int(number) < 1:
        raise argparse.ArgumentTypeError(f"{number!r}: need a whole number from 1")
    return int(number)


def _file(path: str) -> Path:
    if not Path(path).is_file():
        raise argparse.ArgumentTypeError(f"{path}: no such file")
    return Path(path).absolute()


def _writable(path: str) -> Path:
    if not Path(path).absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"{path}: no such folder")
    return Path(path)


def _tell(line: str) -> None:
    print(f"bench: {line}", file=sys.stderr, flush=True)  # noqa: T201 - this is the command line


if __name__ == "__main__":
    sys.exit(main())
