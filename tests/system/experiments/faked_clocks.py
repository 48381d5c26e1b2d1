"""Clocks of units that can be set while they run, by libfaketime: the machine may not set the one they share.

Only the time of day jumps, as when an administrator or NTP sets it; the seconds since the boot are counted as ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from installed_suite import InstalledSuite

FOLDER = "/etc/clocks"
DROP_IN = """[Service]
Environment="LD_PRELOAD=/usr/$LIB/faketime/libfaketimeMT.so.1 libc.so.6"
Environment=FAKETIME_TIMESTAMP_FILE={clock} FAKETIME_CACHE_DURATION=1
Environment=FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_DISABLE_SHM=1 NO_FAKE_STAT=1
EnvironmentFile=-{clock}.env
"""
"""libc comes before jemalloc, of Redis, which asks for the time while libfaketime asks it for memory."""

SLEEP = "/opt/soniclayer/current/venv/lib/python3.11/site-packages/sleep_under_libfaketime.pth"
SLEEP_TEXT = "import select, time; time.sleep = lambda s, wait=select.select: wait([], [], [], s) and None\n"
"""Python sleeps by clock_nanosleep(2), which fails under libfaketime 0.9.10 where CLOCK_MONOTONIC is not faked."""


class FakedClocks:
    """Of these units, each its own, and `settings` for them. Restart them after this; a clock shows within a second."""

    def __init__(self, suite: InstalledSuite, units: Iterable[str], settings: str = "") -> None:
        self._suite = suite
        suite.machine.path(FOLDER).mkdir()
        suite.machine.path(SLEEP).write_text(SLEEP_TEXT)
        for unit in units:
            self.set_by({unit}, 0)
            clock, drop_in = f"{FOLDER}/{unit}", suite.machine.path(f"/etc/systemd/system/{unit}.service.d/clock.conf")
            suite.machine.path(f"{clock}.env").write_text(settings)
            drop_in.parent.mkdir(exist_ok=True)
            drop_in.write_text(DROP_IN.format(clock=clock))
        suite.systemctl("daemon-reload")

    def set_by(self, units: Iterable[str], ahead_s: int) -> None:
        """Set the clocks of these units, so far ahead of the true time."""
        for unit in units:
            clock = self._suite.machine.path(f"{FOLDER}/{unit}")
            unfinished = clock.with_suffix(".tmp")
            unfinished.write_text(f"{ahead_s:+d}\n")
            unfinished.rename(clock)
