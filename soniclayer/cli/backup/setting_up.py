"""What the four commands begin with: who may call them, settings, the repository, and how they end when told to."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from soniclayer.backup.faults import system_errors
from soniclayer.backup.places import alone, places_of
from soniclayer.backup.repository import Repository, repository_of
from soniclayer.cli.here import settings_here
from soniclayer.errors import ConfigError
from soniclayer.installation import installation
from soniclayer.settings import variables_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from types import FrameType

    from soniclayer.backup.places import Places
    from soniclayer.backup.told import Told
    from soniclayer.settings import Settings


_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The last of them comes when the connection of a terminal is lost."""


def begin() -> Settings:
    """The settings, for root alone where the suite is installed; from now on SIGTERM and SIGHUP end us as Ctrl-C does.

    Raises:
        ConfigError: a setting is wrong, or somebody else than root calls.
    """
    place = installation()
    if place and os.geteuid() != 0:
        raise ConfigError(f"{place.root} has secrets that only root may copy: sudo soniclayer ...")
    for number in _ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup has it
            signal.signal(number, _interrupt)
    return settings_here()


@contextmanager
def at_work(settings: Settings, told: Told) -> Iterator[Places]:
    """Alone on this machine; what the operating system says becomes an error of ours.

    Raises:
        BackupError: it says that something cannot be done.
    """
    with system_errors():
        places = places_of(settings)
        with alone(places, told):
            yield places


def add_repository_options(parser: argparse.ArgumentParser) -> None:
    """Options for a repository that the settings do not name."""
    parser.add_argument("--repository", metavar="R", help="another repository than that of the settings")
    parser.add_argument("--password-file", type=Path, metavar="FILE", help="its password")
    parser.add_argument(
        "--environment-file", type=Path, metavar="FILE", help="what restic needs in its environment, NAME=VALUE a line"
    )


def chosen_repository(args: argparse.Namespace, settings: Settings) -> Repository:
    """The repository that was named, else that of the settings.

    Raises:
        BackupError: there is no password for it.
        ConfigError: a file cannot be read.
    """
    password = _content(args.password_file).strip() if args.password_file else None
    chosen = repository_of(settings, _full(args.repository), password)
    if not args.environment_file:
        return chosen
    try:
        variables = variables_of(_content(args.environment_file))
    except ValueError as error:
        raise ConfigError(f"{args.environment_file}: {error}") from None
    return Repository(chosen.location, chosen.password, variables, chosen.cache_dir)


def _full(location: str | None) -> str | None:
    """A folder as the user means it: it starts where he stands."""
    return str(Path(location).absolute()) if location and ":" not in location else location


def _content(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Once: what is put in order then is not broken off, and neither are the programs that we start for it."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
