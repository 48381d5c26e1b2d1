"""The machine that experiments share: as good as new before each, or another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import requests
from criterion import not_ready
from debian_machine import DebianMachine
from installed_suite import UNITS, InstalledSuite
from service import wait_until

if TYPE_CHECKING:
    from pathlib import Path

READY_S = 60.0
MANY = 200
"""Recordings; a new machine is there sooner than so many are deleted."""


class ExperimentMachine:
    """At most one is up at a time; each lies in a folder below `session`."""

    def __init__(self, session: Path, layers: list[Path], key: str) -> None:
        self._session, self._layers, self._key = session, layers, key
        self._suite: InstalledSuite | None = None
        self._made = 0

    def suite(self) -> InstalledSuite:
        """An installed suite that is ready and has no recording, on a machine without a way out."""
        if self._suite is None or not _is_as_new(self._suite):
            self.remove()
            self._suite = self._new()
        return self._suite

    def remove(self) -> None:
        """End it: the next experiment gets another."""
        if self._suite is not None:
            self._suite.machine.remove()
        self._suite = None

    def _new(self) -> InstalledSuite:
        self._made += 1
        machine = DebianMachine(self._session / f"experiment-{self._made}", self._layers)
        try:
            machine.boot()
            suite = InstalledSuite(machine, self._key)
            assert _is_as_new(suite), suite.told()
        except BaseException:
            machine.remove()
            raise
        return suite


def _is_as_new(suite: InstalledSuite) -> bool:
    """Whether it could be made so: every unit runs, nothing is stored."""
    try:
        suite.machine.run("systemctl", "reset-failed", *UNITS)
        suite.systemctl("start", "soniclayer.target")
        wait_until(lambda: not not_ready(suite), READY_S, suite.told)
        return _is_emptied(suite)
    except (AssertionError, requests.RequestException):
        return False


def _is_emptied(suite: InstalledSuite) -> bool:
    page = suite.ask("GET", f"/recordings?limit={MANY}").json()
    if page["total"] > MANY:
        return False
    gone = [suite.ask("DELETE", f"/recordings/{line['audio_id']}").status_code for line in page["recordings"]]
    suite.machine.run("find", "/opt/soniclayer/uploads/.incoming", "-type", "f", "-delete", check=False)
    return set(gone) <= {204}
