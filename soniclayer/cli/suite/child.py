"""One process of the suite: started, watched, started again when it dies, stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence

    from soniclayer.cli.suite.screen import Screen

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_S = 60.0
"""A process that has lived for so long is fine again: the next pause is a short one."""

EXIT_USAGE = 2
"""A process that ends so has a wrong setting: starting it again does not help."""

OUTPUT_S = 2.0


class Child:
    """A process in a session of its own: Ctrl-C in the terminal reaches the suite alone, which then stops it in order.

    Start it from the main thread: a process is told when the *thread* that made it ends. Lines of its output that hold
    one of `unsaid` are not shown.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        screen: Screen,
        unsaid: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self._unsaid = unsaid
        self.restarts = 0
        self._command = [sys.executable, "-I", "-S", str(Path(__file__).with_name("tether.py")), str(os.getpid())]
        self._command += command
        self._environment = dict(environment)
        self._screen = screen
        self._process: subprocess.Popen[bytes] | None = None
        self._output: threading.Thread | None = None
        self._started_at = 0.0
        self._pause_s = FIRST_PAUSE_S
        self._start_again_at: float | None = None

    def start(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._started_at = time.monotonic()
        self._start_again_at = None
        assert self._process.stdout is not None  # noqa: S101 - a PIPE was asked for
        self._output = self._screen.follow(self.name, self._process.stdout, self._unsaid)  # type: ignore[arg-type]

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def look(self) -> int | None:
        """See how it is; start it again when it died and its pause is over. Its exit code 2, or None."""
        if self._process is None or self._process.poll() is None:
            return None
        if self._process.returncode == EXIT_USAGE:
            return EXIT_USAGE
        now = time.monotonic()
        if self._start_again_at is None:
            self._plan_restart(now)
        elif now >= self._start_again_at:
            self.restarts += 1
            self.start()
        return None

    def ask_to_stop(self) -> None:
        """SIGTERM."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, to it and whatever it has started: its session is its own."""
        if self.pid is not None and self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def has_ended(self) -> bool:
        """Whether it is gone."""
        return self.pid is None

    def finish_output(self) -> None:
        """Show the rest of what it wrote; not for ever: a child of its own may hold the output open."""
        if self._output:
            self._output.join(OUTPUT_S)

    def _plan_restart(self, now: float) -> None:
        if now - self._started_at >= STEADY_S:
            self._pause_s = FIRST_PAUSE_S
        self._start_again_at = now + self._pause_s
        assert self._process is not None  # noqa: S101 - it has just died
        how = _how_it_ended(self._process.returncode)
        self._screen.line(self.name, f"{how}; starting it again in {self._pause_s:g} s")
        self._pause_s = min(LONGEST_PAUSE_S, self._pause_s * 2)

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)


def _how_it_ended(code: int) -> str:
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
