"""`soniclayer cleanup`: removes what nobody needs any more. In an installation a timer runs it every night."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from soniclayer.cli.here import settings_here
from soniclayer.cli.old_releases import remove_old_releases
from soniclayer.cli.service_user import step_down
from soniclayer.errors import ConfigError, StoreError
from soniclayer.export.plain import one_line
from soniclayer.installation import installation
from soniclayer.jobs.cleanup import cleanup
from soniclayer.jobs.retention import Retention, expired, remove
from soniclayer.models.progress import size_text
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings
from soniclayer.wiring import open_courier

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from soniclayer.courier.courier import Courier
    from soniclayer.jobs.cleanup import Cleanup
    from soniclayer.jobs.retention import Expired
    from soniclayer.settings import Settings

DESCRIPTION = """\
Remove uploads that were broken off a day ago, what is left of deleted recordings, and metrics of workers that nobody
has started for 30 days; for root also releases that nobody can go back to. Recordings stay, unless
SONICLAYER_RETENTION_DAYS says how long or SONICLAYER_RETENTION_BYTES how much: then the oldest that have ended are
deleted, with all that was made from them. Everything may run meanwhile.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "cleanup",
        help="remove what nobody needs any more",
        description=DESCRIPTION,
        epilog="Exit codes: 0 done, 1 the store or a recording cannot be read, 2 wrong usage or configuration.",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be removed, and why")
    parser.add_argument("--releases", action="store_true", help="only old releases; for root")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do it, and say at once what was removed; 1 when a recording could not be read.

    Raises:
        ConfigError: --releases, and there are none, or they are not for this user.
        StoreError: the store cannot be read.
    """
    faults: list[str] = []
    removed = 0
    for line in _removed(faults, only_look=args.dry_run, only_releases=args.releases):
        print(f"would remove {line}" if args.dry_run else f"removed {line}", flush=True)  # noqa: T201 - a command line
        removed += 1
    if not removed:
        print("nothing to remove")  # noqa: T201
    for fault in faults:
        print(fault)  # noqa: T201
    return 1 if faults else 0


def _removed(faults: list[str], *, only_look: bool, only_releases: bool) -> Iterator[str]:
    if only_releases:
        yield from _releases(only_look=only_look, needed=True)
        return
    settings = settings_here()
    yield from _releases(only_look=only_look)
    step_down()
    recordings = Recordings(LocalStore(settings.uploads_dir))  # not swept: that is part of what is told
    done = cleanup(recordings, settings.run_dir / "metrics", only_look=only_look)
    faults += done.faults
    yield from _left_over(done)
    yield from _too_old_or_many(settings, recordings, faults, only_look=only_look)


def _releases(*, only_look: bool, needed: bool = False) -> Iterator[str]:
    place = installation()
    if place is not None and os.geteuid() == 0:
        for release in remove_old_releases(place, only_look=only_look):
            yield f"release {release}"
    elif needed:
        raise ConfigError("releases are those of an installation, and root's: sudo soniclayer cleanup --releases")


def _left_over(done: Cleanup) -> Iterator[str]:
    if done.uploads:
        yield f"broken-off uploads: {done.uploads}"
    yield from (f"what was left of a deleted recording: {run}" for run in done.runs)
    yield from (f"metrics of an instance that is gone: {instance}" for instance in done.instances)


def _too_old_or_many(
    settings: Settings, recordings: Recordings, faults: list[str], *, only_look: bool
) -> Iterator[str]:
    retention = Retention(settings.retention_days, settings.retention_bytes)
    courier = open_courier(settings)
    for one in expired(recordings, retention, datetime.now(timezone.utc), faults):
        if only_look or _remove(recordings, courier, one, faults):
            yield _line(one)


def _remove(recordings: Recordings, courier: Courier, one: Expired, faults: list[str]) -> bool:
    try:
        return remove(recordings, courier, one.recording.audio_id)
    except StoreError as error:
        faults.append(f"{one.recording.audio_id}: {error}")
        return False


def _line(one: Expired) -> str:
    what = f"recording {one.recording.audio_id} ({one_line(one.recording.name)}, {size_text(one.size_bytes)})"
    return f"{what}, uploaded {one.recording.uploaded_at}: {one.why}"
