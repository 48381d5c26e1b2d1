"""`soniclayer backup`: a copy of all that cannot be made again. In an installation a timer makes one every night."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from soniclayer.backup.make import back_up
from soniclayer.backup.proofs import noted
from soniclayer.backup.redis_copy import copy_redis
from soniclayer.backup.repository import repository_of
from soniclayer.backup.restic import Keep, Restic
from soniclayer.cli.backup.bar import Bar
from soniclayer.cli.backup.setting_up import at_work, begin
from soniclayer.models.progress import size_text
from soniclayer.proof import BACKUP

if TYPE_CHECKING:
    import argparse

    from soniclayer.backup.make import Made
    from soniclayer.settings import Settings

EPILOG = """\
Everything may run meanwhile. Where it goes and how long it is kept: docs/backup.md. Exit codes: 0 done, 1 not, or old
ones could not be removed, 2 wrong usage or configuration, 130 interrupted.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "backup",
        help="make a backup",
        description="Copy recordings and all that was computed from them, configuration, keys and secrets into the "
        "repository of restic, and remove the backups that are not to be kept.",
        epilog=EPILOG,
    )
    parser.add_argument(
        "--begin-anew",
        action="store_true",
        help="though the repository, or every recording, of the last backup is gone",
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make it, note how it went, say what is in it.

    Raises:
        BackupError: it cannot be made, or old ones stay.
        StoreError: the store cannot be listed.
    """
    settings = begin()
    with Bar() as bar:
        made = _make(settings, bar, begin_anew=args.begin_anew)
    if args.json:
        sys.stdout.write(json.dumps(asdict(made)) + "\n")
    else:
        sys.stdout.write(
            f"snapshot {made.snapshot}: {made.recordings} recordings, {made.files} files, "
            f"{size_text(made.size_bytes)}, new {size_text(made.added_bytes)}\n"
        )
    return 0


def _make(settings: Settings, bar: Bar, *, begin_anew: bool) -> Made:
    password = settings.redis_password.get_secret_value() if settings.redis_password else None
    keep = Keep(settings.backup_keep_daily, settings.backup_keep_weekly, settings.backup_keep_monthly)
    with at_work(settings, bar) as places, noted(places.backups / BACKUP) as facts:
        return back_up(
            places,
            Restic(repository_of(settings), bar),
            keep,
            bar,
            facts,
            copy_redis=partial(copy_redis, settings.redis_url, password, told=bar),
            begin_anew=begin_anew,
            min_free_bytes=settings.min_free_bytes,
        )
