"""What lies in a machine's folders: to compare, and to look at modes and owners."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from debian_machine import DebianMachine

HASHED_BYTES = 1_000_000
"""Larger files are compared by size and time: models, libraries."""


@dataclass(frozen=True)
class Entry:
    """One file, folder or link. `mode` are its nine bits and the three above; `content` tells one from another."""

    kind: str
    mode: str
    owner: str
    group: str
    content: str

    @property
    def rights(self) -> str:
        """`drwxr-x--- root:soniclayer` says it as `0750 root:soniclayer`."""
        return f"{self.mode} {self.owner}:{self.group}"


def tree_of(machine: DebianMachine, *folders: str) -> dict[str, Entry]:
    """Everything at and below these folders, by its path in the machine."""
    users, groups = _names(machine, "passwd"), _names(machine, "group")
    root = str(machine.path("/"))
    found = {}
    for top in folders:
        for folder, below, files in os.walk(machine.path(top)):
            for path in (Path(folder), *(Path(folder, name) for name in (*below, *files))):
                facts = path.lstat()
                kind = stat.filemode(facts.st_mode)[0]
                mode = f"{stat.S_IMODE(facts.st_mode):04o}"
                owner, group = users[facts.st_uid], groups[facts.st_gid]
                found[f"/{str(path).removeprefix(root).lstrip('/')}"] = Entry(
                    kind, mode, owner, group, _content(path, facts)
                )
    return found


def differences(before: dict[str, Entry], after: dict[str, Entry]) -> list[str]:
    """A line for each path that came, went or changed."""
    paths = sorted(before.keys() | after.keys())
    return [f"{path}: {before.get(path)} {after.get(path)}" for path in paths if before.get(path) != after.get(path)]


def _content(path: Path, facts: os.stat_result) -> str:
    if stat.S_ISLNK(facts.st_mode):
        return str(path.readlink())
    if not stat.S_ISREG(facts.st_mode):
        return ""
    if facts.st_size > HASHED_BYTES:
        return f"{facts.st_size} {facts.st_mtime_ns}"
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _names(machine: DebianMachine, database: str) -> dict[int, str]:
    lines = machine.path(f"/etc/{database}").read_text().splitlines()
    return {int(line.split(":")[2]): line.split(":")[0] for line in lines}
