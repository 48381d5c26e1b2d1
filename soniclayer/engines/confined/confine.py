"""Confines the process that calls it, on kernels that can."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from soniclayer.engines.confined import calls, files

if TYPE_CHECKING:
    from collections.abc import Iterable

PR_SET_NO_NEW_PRIVS = 38  # prctl(2)

SYSTEM = (
    *("/usr", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/sys"),
    *(f"/proc/{name}" for name in ("self", "cpuinfo", "meminfo", "stat", "filesystems", "sys", "devices", "driver")),
)
"""Libraries, and what they ask of the machine. Of /etc nothing else, where passwords are; of /proc no other process."""

DEVICES = Path("/dev")
"""Which devices there are is the unit's to say."""

GPUS = tuple(map(Path, ("/dev/nvidiactl", "/dev/nvmap", "/dev/dxg")))
"""One of them is there wherever a process can use a GPU of NVIDIA: a card, a Jetson, WSL2."""


def lacks(device: str) -> list[str]:
    """What a child of this process that computes on `device` (`cpu`, `cuda`, `auto`) goes without, and why."""
    if may_use_gpu(device):
        return ["any confinement: it may use a GPU, and nobody has tried NVIDIA's driver confined"]
    libc = ctypes.CDLL(None, use_errno=True)
    found = []
    if files.version(libc) == 0:
        found.append("bounds for files: this kernel has no Landlock, or a container forbids it")
    if not calls.is_known(libc):
        found.append("bounds for system calls: this kernel has no seccomp, or we do not know this architecture")
    return found


def may_use_gpu(device: str) -> bool:
    """Whether a child may use a GPU, and so is not confined at all."""
    return device != "cpu" and any(gpu.exists() for gpu in GPUS)


def confine(reads: Iterable[Path], writes: Iterable[Path]) -> None:
    """From now on this process reads the system, its own code and `reads`, and writes below `writes`, which exist.

    Call it while there is a single thread. A kernel that lacks Landlock or seccomp, or an architecture whose calls we
    do not know, leaves out that part: the sandbox of the unit is then all there is.

    Raises:
        OSError: the kernel knows it and refused it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_NO_NEW_PRIVS)")
    files.restrict(libc, [*map(Path, SYSTEM), *_code(), *reads], [*writes, DEVICES])
    calls.restrict(libc)


def _code() -> list[Path]:
    """Where modules and libraries come from; a folder of the user's own (PYTHONPATH) too, but never everything."""
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    places = {Path(place).resolve() for place in (sys.prefix, sys.base_prefix, *sys.path, *libraries) if place}
    return sorted(places - {Path("/")})  # `python -m` puts there where it stands, and the child stands in /
