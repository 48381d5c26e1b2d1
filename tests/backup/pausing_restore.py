"""`soniclayer` with a suite that notes what is done with it, and that waits for a signal in a function of `backup.way`.

usage: pausing_restore.py MODULE.FUNCTION|- before|after NOTES WORD...

NOTES has a line for each thing done with the suite, and `here` when it waits. A second file, NOTES.fails, has the suite
fail to stop.
"""

from __future__ import annotations

import importlib
import signal
import sys
from pathlib import Path

from soniclayer.cli.backup import restore
from soniclayer.errors import BackupError
from soniclayer.main import main


class NotedSuite:
    """Systemd and the installer, as a restore sees them."""

    notes: Path

    def stop(self) -> None:
        self._note("stop")
        if self.notes.with_suffix(".fails").exists():
            raise BackupError("systemctl stop failed: no such bus", code="suite")

    def resume(self) -> None:
        self._note("resume")

    def start(self) -> None:
        self._note("start")

    def _note(self, line: str) -> None:
        with self.notes.open("a") as file:
            file.write(f"{line}\n")


def pause_at(place: str, when: str, notes: Path) -> None:
    owner_name, _, name = place.rpartition(".")
    owner = NotedSuite if owner_name == "suite" else importlib.import_module(f"soniclayer.backup.{owner_name}")
    real = getattr(owner, name)

    def pausing(*args: object, **named: object) -> object:
        result = real(*args, **named) if when == "after" else None
        with notes.open("a") as file:
            file.write("here\n")
        while True:
            signal.pause()
        return result

    setattr(owner, name, pausing)


if __name__ == "__main__":
    place, when, notes, *words = sys.argv[1:]
    NotedSuite.notes = Path(notes)
    restore.NoSuite = NotedSuite
    if place != "-":
        pause_at(place, when, NotedSuite.notes)
    sys.exit(main(words))
