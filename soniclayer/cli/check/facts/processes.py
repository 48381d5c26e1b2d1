"""The processes of the machine, as far as this user sees them."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soniclayer.cli.check.machine import Machine

OUR_UNITS = re.compile(r"/((?:soniclayer|langflow)[^/]*\.service|redis-server@soniclayer\.service)")
_SOCKET = re.compile(r"socket:\[(\d+)\]")


@dataclass(frozen=True)
class Process:
    """`words` are its arguments, `cgroup` the path that systemd keeps it in."""

    pid: int
    words: tuple[str, ...]
    cgroup: str
    folder: Path

    @property
    def name(self) -> str:
        """The program, without its folder, and without what it says of itself (`nginx: worker process`)."""
        return self.words[0].split(" ")[0].rpartition("/")[2].rstrip(":")

    @property
    def unit(self) -> str | None:
        """The unit of ours that it belongs to; None: it is no process of ours."""
        match = OUR_UNITS.search(self.cgroup)
        return match[1] if match else None

    @cached_property
    def inodes(self) -> frozenset[str]:
        """Of its sockets; none for those of others, unless we are root."""
        found = set()
        with suppress(OSError):
            for link in (self.folder / "fd").iterdir():
                with suppress(OSError):
                    match = _SOCKET.fullmatch(str(link.readlink()))
                    found |= {match[1]} if match else set()
        return frozenset(found)

    def releases(self, root: Path) -> set[str]:
        """The releases below `root` whose libraries it has loaded; none where we may not look."""
        try:
            maps = (self.folder / "maps").read_text(errors="replace")
        except OSError:
            return set()
        return set(re.findall(rf"{re.escape(str(root))}/releases/([^/\n]+)/", maps))


def find_processes(machine: Machine) -> tuple[Process, ...]:
    """All but those of the kernel."""
    return tuple(process for folder in machine.found("/proc", "[0-9]*") if (process := _process(folder)))


def _process(folder: Path) -> Process | None:
    try:
        words = (folder / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
        cgroup = (folder / "cgroup").read_text()
    except OSError:  # it has ended meanwhile, or is hidden from us
        return None
    return Process(int(folder.name), tuple(words), cgroup, folder) if words[0] else None
