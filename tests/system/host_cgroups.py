"""The cgroups of a machine on its host: a folder in each hierarchy, be it cgroup2 alone or v1 beside it."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

OURS = "soniclayer-tests"
GONE_S = 60.0
NO_CONTROLLER = {"rw", "ro", "xattr", "none", "noprefix", "clone_children", "cpuset_v2_mode"}


@dataclass(frozen=True)
class Hierarchy:
    """One that the host has mounted; `controllers` is empty for cgroup2, else e.g. `memory` or `name=systemd`."""

    place: Path
    controllers: str

    def mounted_as(self, *, alone: bool) -> str:
        """A line of `hierarchies`, see machine.sh."""
        if not self.controllers:
            return f"cgroup2 rw {'.' if alone else 'unified'}"
        name = self.controllers.removeprefix("name=")
        return f"cgroup {self.controllers if name == self.controllers else f'none,{self.controllers}'} {name}"

    def machines(self, prefix: str) -> list[str]:
        """Names of those that have a folder here."""
        return [folder.name for folder in (self.place / OURS).glob(f"{prefix}*")]


def host_hierarchies(mountinfo: Path = Path("/proc/self/mountinfo")) -> list[Hierarchy]:
    """The first mount of each hierarchy, cgroup2 first."""
    found: dict[str, Hierarchy] = {}
    for line in mountinfo.read_text().splitlines():
        before, after = line.split(" - ")
        kind, _, options = after.split(" ", 2)
        if kind in {"cgroup", "cgroup2"}:
            controllers = "" if kind == "cgroup2" else _controllers(options)
            found.setdefault(controllers, Hierarchy(Path(before.split()[4]), controllers))
    return sorted(found.values(), key=lambda hierarchy: hierarchy.controllers)


def make_cgroups(hierarchies: list[Hierarchy], machine: str) -> list[Path]:
    """The machine's folder in each hierarchy, with children `guest` and `host`."""
    folders = []
    for hierarchy in hierarchies:
        parent = hierarchy.place / OURS
        parent.mkdir(exist_ok=True)
        if "cpuset" in hierarchy.controllers.split(","):
            _inherit_cpus(hierarchy.place, parent)
        folder = parent / machine
        for child in (folder, folder / "guest", folder / "host"):
            child.mkdir(exist_ok=True)
        if not hierarchy.controllers:
            for level in (hierarchy.place, parent, folder):
                _hand_down(level)
        folders.append(folder)
    return folders


def remove_cgroups(hierarchies: list[Hierarchy], machine: str) -> None:
    """Remove what `make_cgroups` made and what is below it; its processes have ended."""
    for hierarchy in hierarchies:
        folder = hierarchy.place / OURS / machine
        deadline = time.monotonic() + GONE_S  # a cgroup stays busy for a moment after its last process has gone
        while folder.exists():
            for path, _, _ in os.walk(folder, topdown=False):  # what goes meanwhile is nothing to it
                with contextlib.suppress(OSError):
                    Path(path).rmdir()
            assert time.monotonic() < deadline, f"{folder} does not go away"
            time.sleep(0.01)
        with contextlib.suppress(OSError):  # others are in it, or it never was
            folder.parent.rmdir()


def _controllers(options: str) -> str:
    words = (word for word in options.split(",") if word not in NO_CONTROLLER)
    return ",".join(word for word in words if not word.startswith("release_agent="))


def _inherit_cpus(place: Path, parent: Path) -> None:
    for name in ("cpuset.cpus", "cpuset.mems"):
        (parent / name).write_text((place / name).read_text())
    (parent / "cgroup.clone_children").write_text("1")


def _hand_down(folder: Path) -> None:
    """Give the children every controller that cgroup2 has here; where the host keeps one for itself, they lack it."""
    for controller in (folder / "cgroup.controllers").read_text().split():
        with contextlib.suppress(OSError):
            (folder / "cgroup.subtree_control").write_text(f"+{controller}")
