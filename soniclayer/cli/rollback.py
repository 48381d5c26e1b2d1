"""`soniclayer rollback [VERSION]`: back to an earlier release, as its installer does it."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from soniclayer.errors import ConfigError
from soniclayer.installation import installation

if TYPE_CHECKING:
    import argparse

    from soniclayer.installation import Installation

EPILOG = """\
Configuration, recordings and models stay as they are. Exit codes: 0 the other release runs, 1 it does not, and things
are as they were, 2 wrong usage.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "rollback",
        help="go back to an earlier release",
        description="Switch an installation to another of its releases, and see that it is ready.",
        epilog=EPILOG,
    )
    parser.add_argument("version", nargs="?", metavar="VERSION", help="which (default: the one before the current one)")
    parser.add_argument("--list", action="store_true", help="show the releases, and change nothing")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show the releases, or become the installer.

    Raises:
        ConfigError: this is no installation, the version is none of its releases, or the caller is not root.
    """
    place = installation()
    if place is None:
        raise ConfigError("this is not an installation of install.sh: there are no releases here")
    if args.list:
        _show(place)
        return 0
    if args.version and args.version not in {release.version for release in place.releases()}:
        raise ConfigError(f"{args.version}: no such release here; see: soniclayer rollback --list")
    if os.geteuid() != 0:
        raise ConfigError(f"{place.root} is root's: sudo soniclayer rollback")
    installer = str(place.current / "install.sh")
    arguments = [installer, "rollback", *([args.version] if args.version else [])]
    try:
        os.execv(installer, arguments)  # noqa: S606 - the installer that came with this release
    except OSError as error:
        raise ConfigError(f"{installer}: {error.strerror}") from None


def _show(place: Installation) -> None:
    """A line each, the latest first."""
    for release in place.releases():
        mark = "*" if release.current else " "
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(release.installed_at))
        print(f"{mark} {release.version}  installed {when}{'' if release.complete else '  incomplete'}")  # noqa: T201
