"""`PYTHONPATH=tests python -m faults`: the fault experiments on a booted machine, in full; then many kills at random.

docs/reliability.md tells what that proves.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from faults.random_kills import Kills, random_kills
from samples import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

EXPERIMENTS = "tests/system/experiments"


def main() -> int:
    """0 when all of it held."""
    options = parse()
    plan = Kills(options.kills, options.recordings, options.workers, options.seed, options.patience)
    parts: dict[str, Callable[[], bool]] = {
        "experiments": lambda: experiments(options.k),
        "random kills": lambda: random_kills(plan, tell),
    }
    only = options.only or ("experiments" if options.k else None)
    held = {name: timed(name, part) for name, part in parts.items() if only in {None, name.split()[-1]}}
    tell("\n".join(line for _, line in held.values()))
    return 0 if all(ok for ok, _ in held.values()) else 1


def experiments(words: str | None) -> bool:
    """Whether each of them held; one that is skipped did not."""
    chosen = ["-k", words] if words else []
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--full", EXPERIMENTS, *chosen]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "CI": "true"}, check=False).returncode == 0


def timed(name: str, part: Callable[[], bool]) -> tuple[bool, str]:
    """Whether it held, and a line about it."""
    started_s = time.monotonic()
    try:
        held = part()
    except AssertionError as error:
        tell(str(error))
        held = False
    return held, f"{name}: {'held' if held else 'DID NOT HOLD'}, in {time.monotonic() - started_s:.0f} s"


def parse():
    parser = argparse.ArgumentParser(prog="faults", description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=["experiments", "kills"], help="one of the two")
    parser.add_argument("-k", metavar="WORDS", help="those experiments alone, as pytest understands it")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--recordings", type=int, default=80)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--patience", type=float, default=600.0, metavar="S", help="for the recordings, after the kills"
    )
    return parser.parse_args()


def tell(what: str) -> None:
    sys.stderr.write(f"{what}\n")


if __name__ == "__main__":
    sys.exit(main())
