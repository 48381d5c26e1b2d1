"""`soniclayer drill`: tries a backup out. In an installation a timer does it every week."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from soniclayer.backup.drill import drill, refuse_differences
from soniclayer.backup.proofs import noted
from soniclayer.backup.repository import repository_of
from soniclayer.backup.restic import Restic
from soniclayer.cli.backup.bar import Bar
from soniclayer.cli.backup.setting_up import at_work, begin
from soniclayer.models.progress import size_text
from soniclayer.proof import DRILL

if TYPE_CHECKING:
    from soniclayer.backup.drill import Drilled
    from soniclayer.settings import Settings

SAMPLE = 20

EPILOG = """\
The store and the suite are not touched. Exit codes: 0 all is as it should be, 1 something differs or cannot be brought
back, 2 wrong usage or configuration, 130 interrupted.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "drill",
        help="bring a backup back into a scratch folder and compare",
        description="Check the repository, bring some recordings of a backup and all of its configuration back into a "
        "scratch folder, compare them with its inventory and their hashes, and remove them.",
        epilog=EPILOG,
    )
    parser.add_argument("snapshot", nargs="?", metavar="SNAPSHOT", help="which (default: the latest)")
    how_many = parser.add_mutually_exclusive_group()
    how_many.add_argument(
        "--sample", type=_count, default=SAMPLE, metavar="N", help=f"recordings, drawn by chance (default: {SAMPLE})"
    )
    how_many.add_argument("--all", action="store_true", help="all recordings")
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="where (default: the folder of backups)")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Try it, note how it went, say what was found.

    Raises:
        BackupError: something differs, or it cannot be tried.
    """
    settings = begin()
    with Bar() as bar:
        done = _drill(args, settings, bar)
    if args.json:
        sys.stdout.write(json.dumps(asdict(done)) + "\n")
    else:
        sys.stdout.write(
            f"snapshot {done.snapshot}: {done.tried} of {done.recordings} recordings, {size_text(done.size_bytes)}, "
            "came back as they were\n"
        )
    return 0


def _drill(args: argparse.Namespace, settings: Settings, bar: Bar) -> Drilled:
    with at_work(settings, bar) as places, noted(places.backups / DRILL) as facts:
        done = drill(
            places,
            Restic(repository_of(settings), bar),
            bar,
            snapshot=args.snapshot,
            sample=None if args.all else args.sample,
            scratch=args.scratch.absolute() if args.scratch else places.backups,
            min_free_bytes=settings.min_free_bytes,
        )
        for line in done.differences:
            bar.note(line)
        refuse_differences(done)
        facts.update(snapshot=done.snapshot, tried=done.tried, recordings=done.recordings, size_bytes=done.size_bytes)
    return done


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text}: need a number, 1 or more")
    return int(text)
