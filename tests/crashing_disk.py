"""A disk that dies at a chosen write, and what is left on it that was not synced."""

from __future__ import annotations

import os
from pathlib import Path

from soniclayer.storage.local import INCOMING


class Crash(BaseException):
    """The process dies here."""


class Disk:
    """Stands in for the module `os` in storage.local: does every call for real and writes down the ones that write."""

    def __init__(self, die_after: int | None = None) -> None:
        self.log: list[tuple[str, ...]] = []
        self._die_after = die_after
        self._paths: dict[int, str] = {}

    def __getattr__(self, name):
        return getattr(os, name)

    def open(self, path, flags):
        descriptor = os.open(path, flags)
        self._paths[descriptor] = str(path)
        return descriptor

    def mkdir(self, path, mode):
        self._write("mkdir", path)
        os.mkdir(path, mode)  # noqa: PTH102 - stands in for os

    def link(self, source, target):
        self._write("link", source, target)
        os.link(source, target)

    def rename(self, source, target):
        self._write("rename", source, target)
        os.rename(source, target)  # noqa: PTH104 - stands in for os

    def unlink(self, path):
        self._write("unlink", path)
        os.unlink(path)  # noqa: PTH108 - stands in for os

    def fsync(self, descriptor):
        self._write("fsync", str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        os.fsync(descriptor)

    def _write(self, *entry):
        if self._die_after is not None and len(self.log) >= self._die_after:
            raise Crash
        self.log.append(tuple(str(part) for part in entry))


def surviving(log, root: Path, target: Path, contents: dict[str, bytes]) -> None:
    """Bring `target` to what a disk holds that lost everything not synced: contents and names alike."""
    synced: dict[str, str] = {}  # temporary file -> its content is on disk
    pending: dict[str, list[tuple[str, ...]]] = {}  # folder -> entries not on disk yet
    for entry in log:
        if entry[0] == "fsync" and not Path(entry[1]).suffix and f"/{INCOMING}/" in entry[1]:
            synced[entry[1]] = entry[1]
        elif entry[0] == "fsync":
            for change in pending.pop(entry[1], []):
                _apply(change, root, target, contents, synced)
        else:
            folder = str(Path(entry[-1]).parent)
            pending.setdefault(folder, []).append(entry)


def _apply(change, root, target, contents, synced):
    place = target / Path(change[-1]).relative_to(root)
    if not place.parent.is_dir():
        return  # its folder was never durable
    if change[0] == "mkdir":
        place.mkdir(exist_ok=True)
    elif change[0] == "unlink":
        place.unlink(missing_ok=True)
    else:
        place.write_bytes(contents[change[1]] if change[1] in synced else b"")


def remembering(write, contents):
    """`LocalIncoming.write` that keeps in `contents` what is written to every path."""

    def remember(self, chunk):
        contents[str(self._path)] = contents.get(str(self._path), b"") + chunk
        write(self, chunk)

    return remember
