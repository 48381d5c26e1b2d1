"""`soniclayer backups`: which there are, and how the latest backup and drill went."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from soniclayer.backup.proofs import last
from soniclayer.backup.restic import Restic
from soniclayer.cli.backup.bar import Bar
from soniclayer.cli.backup.setting_up import add_repository_options, begin, chosen_repository
from soniclayer.proof import BACKUP, DRILL

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from soniclayer.backup.restic import Snapshot


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "backups",
        help="list the backups",
        description="List the backups in the repository, the latest last, and how the latest backup and drill went.",
        epilog="Exit codes: 0 done, 1 the repository cannot be opened, 2 wrong usage or configuration.",
    )
    add_repository_options(parser)
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show them.

    Raises:
        BackupError: the repository cannot be opened.
    """
    settings = begin()
    repository = chosen_repository(args, settings)
    with Bar() as bar:
        snapshots = Restic(repository, bar).snapshots()
    if args.json:
        sys.stdout.write(json.dumps(_document(snapshots, settings.backups_dir), indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _lines(snapshots, settings.backups_dir, repository.shown))
    return 0


def _document(snapshots: Sequence[Snapshot], backups: Path) -> dict[str, Any]:
    rows = [{"snapshot": item.id, "made_at": item.made_at.isoformat(), "host": item.host} for item in snapshots]
    return {
        "snapshots": rows,
        "last_backup": last(backups / BACKUP) or None,
        "last_drill": last(backups / DRILL) or None,
    }


def _lines(snapshots: Sequence[Snapshot], backups: Path, shown: str) -> Iterator[str]:
    for item in snapshots:
        yield f"{item.id[:8]}  {item.made_at.astimezone():%Y-%m-%d %H:%M:%S %Z}  {item.host}"
    yield f"{len(snapshots)} backups in {shown}"
    for what, name in (("backup", BACKUP), ("drill", DRILL)):
        facts = last(backups / name)
        if not facts:
            yield f"last {what}: none yet"
        elif facts.get("ok") is True:
            yield f"last {what}: well, {facts.get('finished_at')}"
        else:
            yield f"last {what}: failed, {facts.get('finished_at')}: {facts.get('error')}"
