"""`soniclayer restore [SNAPSHOT]`: brings everything back onto this machine, in one go."""

from __future__ import annotations

import json
import shlex
import sys
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from soniclayer.backup.installed_suite import InstalledSuite, NoSuite
from soniclayer.backup.repository import repository_of
from soniclayer.backup.restic import Restic
from soniclayer.backup.restore import restore
from soniclayer.cli.backup.bar import Bar
from soniclayer.cli.backup.setting_up import add_repository_options, at_work, begin, chosen_repository
from soniclayer.cli.here import settings_here
from soniclayer.errors import BackupError
from soniclayer.installation import installation
from soniclayer.models.progress import size_text
from soniclayer.settings import without_password

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from soniclayer.backup.repository import Repository
    from soniclayer.backup.restore import Restored

EPILOG = """\
On a machine where the suite is installed it is stopped for the last part of it, and started again. When it is broken
off it says what was changed, and what to type: the same again goes on. Exit codes: 0 all is back as it was, 1 something
differs or was not done, 2 wrong usage or configuration, 130 interrupted.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "restore",
        help="bring a backup back onto this machine",
        description="Bring recordings, results, configuration, keys and secrets of a backup back, compare them with "
        "its inventory and the recordings' hashes, and put them in their place. Refuses where there are recordings.",
        epilog=EPILOG,
    )
    parser.add_argument("snapshot", nargs="?", metavar="SNAPSHOT", help="which (default: the latest)")
    add_repository_options(parser)
    parser.add_argument(
        "--force", action="store_true", help="also where there are recordings: they are moved aside, and it says where"
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do it and say what came back; 1 when something is not as it was.

    Raises:
        BackupError: it cannot be done; what it was that stands in its message.
    """
    settings = begin()
    place = installation()
    repository = chosen_repository(args, settings)
    with Bar() as bar, at_work(settings, bar) as places:
        done = restore(
            places,
            Restic(repository, bar),
            InstalledSuite(place) if place else NoSuite(),
            bar,
            snapshot=args.snapshot,
            force=args.force,
            again=partial(_again, args),
        )
        own_aside = _put_own_aside(repository, bar)
    lines = [*_lines(done), *([own_aside] if own_aside else [])]
    if args.json:
        sys.stdout.write(json.dumps({**asdict(done), "notes": [own_aside] if own_aside else []}) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines)
    return 1 if done.differences or done.fault else 0


def _again(args: argparse.Namespace, snapshot: str) -> str:
    """What to type for the same once more."""
    options = {
        "--repository": without_password(args.repository or ""),
        "--password-file": args.password_file,
        "--environment-file": args.environment_file,
    }
    words = [word for name, value in options.items() if value for word in (name, str(value))]
    sudo = ["sudo"] if installation() else []
    return shlex.join([*sudo, "soniclayer", "restore", snapshot, *(["--force"] if args.force else []), *words])


def _lines(done: Restored) -> Iterator[str]:
    yield f"snapshot {done.snapshot}: {done.recordings} recordings, {size_text(done.size_bytes)}, are back"
    if done.unfinished:
        yield f"{done.unfinished} of them were not done yet, and are gone on with"
    yield from (f"what was here before lies in {path}: remove it when nobody misses it" for path in done.aside)
    yield from (f"differs: {line}" for line in done.differences)
    if done.fault:
        yield f"the suite did not start, though all is in its place: {done.fault}"
    if not done.differences:
        yield "all of it is as the inventory says, and every recording has its SHA-256"


def _put_own_aside(used: Repository, bar: Bar) -> str | None:
    """The password that came back does not open a repository that was begun here with another one.

    Without this every backup from now on would fail.
    """
    own = repository_of(settings_here())
    folder = own.folder
    if folder is None or folder == used.folder or not (folder / "config").is_file():
        return None
    try:
        Restic(own, bar).open()
    except BackupError as error:
        if error.code != "wrong_password":
            return None
        aside = Path(f"{folder}.before-restore-{time.strftime('%Y%m%dT%H%M%S')}")
        folder.rename(aside)
        Restic(own, bar).init()
        return f"{folder} had another password than the one that came back: it is {aside} now, and there is a new one"
    return None
