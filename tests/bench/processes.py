"""Runs the commands that are measured, all in the same environment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

REPO = Path(__file__).resolve().parent.parent.parent

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""Taken out of everybody's environment: each sets its own number of threads, or has the defaults."""

LOOK_S = 0.05
"""How often a condition is looked at while a command runs."""


class CommandFailed(Exception):
    """A command that is measured failed; its last words."""


@dataclass(frozen=True)
class Took:
    """What commands that ran side by side took: wall time until the last had ended; CPU time with their children's."""

    wall_s: float
    cpu_s: float


def run_together(commands: Sequence[Sequence[str]]) -> Took:
    """Run modules of Python (`-m` and what follows it) at the same time, to their ends.

    Raises:
        CommandFailed: one of them did.
    """
    with tempfile.TemporaryFile() as told:
        started_s = time.monotonic()
        processes = [_start(command, told) for command in commands]
        cpu_s = sum(_cpu_time_s(process) for process in processes)
        wall_s = time.monotonic() - started_s
        if any(process.returncode for process in processes):
            raise CommandFailed(_last_words(told))
        return Took(wall_s, cpu_s)


def seconds_until(happened: Callable[[], bool], command: Sequence[str]) -> float:
    """Start a module, wait until something has happened, and interrupt it.

    Raises:
        CommandFailed: it ended before.
    """
    with tempfile.TemporaryFile() as told:
        started_s = time.monotonic()
        process = _start(command, told)
        with _interrupted(process):
            while not happened():
                if process.poll() is not None:
                    raise CommandFailed(_last_words(told))
                time.sleep(LOOK_S)
            return time.monotonic() - started_s


def environment() -> dict[str, str]:
    """That of this process, without what would set one command's threads and not another's."""
    kept = {name: value for name, value in os.environ.items() if name not in THREAD_VARIABLES}
    return {**kept, "PYTHONPATH": f"{REPO}{os.pathsep}{REPO / 'tests'}", "HF_HUB_OFFLINE": "1"}


def _start(command: Sequence[str], told: BinaryIO) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", *command], env=environment(), stdout=told, stderr=told)


def _cpu_time_s(process: subprocess.Popen[bytes]) -> float:
    """Wait for its end; user and system time, of it and of all it has waited for."""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime


@contextmanager
def _interrupted(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait()


def _last_words(told: BinaryIO) -> str:
    told.seek(0)
    return told.read().decode(errors="replace").strip()[-2000:]
