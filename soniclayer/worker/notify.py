"""What systemd is told: ready, alive, what is being done. Without systemd nothing happens."""

from __future__ import annotations

import os

from sdnotify import SystemdNotifier

EXTENSION_S = 30
"""Time asked for while something takes long; asked for again well before it is over."""


class Systemd:
    """The socket in NOTIFY_SOCKET, taken out of the environment: no child of ours shall speak for us."""

    def __init__(self) -> None:
        self._notifier = SystemdNotifier()
        os.environ.pop("NOTIFY_SOCKET", None)
        self._said = ""
        self.watchdog_s = _watchdog_s()

    def ready(self) -> None:
        """All is up."""
        self._notifier.notify("READY=1")

    def alive(self) -> None:
        """Nothing hangs."""
        self._notifier.notify("WATCHDOG=1")

    def stopping(self) -> None:
        """It ends, by itself or because it was told to."""
        self._notifier.notify("STOPPING=1")

    def extend(self) -> None:
        """Starting or stopping takes longer, but goes on."""
        self._notifier.notify(f"EXTEND_TIMEOUT_USEC={EXTENSION_S * 1_000_000}")

    def status(self, words: str) -> None:
        """One line for `systemctl status`."""
        if words != self._said:
            self._said = words
            self._notifier.notify(f"STATUS={words}")


def _watchdog_s() -> float | None:
    """The time after which systemd takes us for hung; None when it does not look."""
    usec, pid = os.environ.get("WATCHDOG_USEC"), os.environ.get("WATCHDOG_PID")
    if not usec or (pid and pid != str(os.getpid())):
        return None
    return int(usec) / 1_000_000
