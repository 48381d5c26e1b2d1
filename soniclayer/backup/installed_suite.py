"""The suite of an installation: stopped and started by systemd, settled by the installer of its release."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from soniclayer.errors import BackupError

if TYPE_CHECKING:
    from soniclayer.installation import Installation

WRITERS = (
    "soniclayer.target",
    "soniclayer-backend.socket",
    "soniclayer-backend.service",
    "soniclayer-worker@*.service",
    "soniclayer-cleanup.service",
)
"""All that write to the store, and what would start them again."""

LAST_LINES = 15


class InstalledSuite:
    """See `restore.Suite`."""

    def __init__(self, place: Installation) -> None:
        self._place = place
        self._stopped: list[str] = []

    def stop(self) -> None:
        """See Suite.

        Raises:
            BackupError: `suite`: systemd cannot.
        """
        active = self._run("systemctl", "list-units", "--plain", "--no-legend", "--state=active,activating", *WRITERS)
        self._stopped = [line.split()[0] for line in active.splitlines()]
        self._run("systemctl", "stop", *WRITERS)

    def resume(self) -> None:
        """See Suite.

        Raises:
            BackupError: `suite`: they do not start.
        """
        if self._stopped:
            self._run("systemctl", "start", *self._stopped)

    def start(self) -> None:
        """See Suite. The installer gives Redis its password, nginx its limits, every file its owner, and waits.

        Raises:
            BackupError: `suite`: it did not start; all that came back is in its place.
        """
        current = self._place.current
        self._run(str(current / "install.sh"), "settle", current.name)
        self._run("systemctl", "try-reload-or-restart", "nginx.service")
        self._run(str(current / "venv/bin/soniclayer"), "reconcile", "--everything")

    def _run(self, *command: str) -> str:
        """What it prints."""
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            last = "\n".join([*done.stdout.splitlines(), *done.stderr.splitlines()][-LAST_LINES:])
            raise BackupError(f"{' '.join(command)} failed:\n{last}", code="suite")
        return done.stdout


class NoSuite:
    """Outside an installation nobody but the user starts anything."""

    def stop(self) -> None:
        """See Suite."""

    def resume(self) -> None:
        """See Suite."""

    def start(self) -> None:
        """See Suite."""
