"""The store after a crash: at every prefix of its writes, with what was not yet synced lost or kept."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from fake_engine import FakeEngine
from samples import results_of, take_in, wanted, work_off

from soniclayer.storage import local
from soniclayer.storage.local import LocalStore


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

    def fsync(self, descriptor):
        self._write("fsync", str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        os.fsync(descriptor)

    def _write(self, *entry):
        if self._die_after is not None and len(self.log) >= self._die_after:
            raise Crash
        self.log.append(tuple(str(part) for part in entry))


def surviving(log, root: Path, target: Path, contents: dict[str, bytes]) -> None:
    """Build in `target` what a disk holds that lost everything not synced: contents and names alike."""
    synced: dict[str, str] = {}  # temporary file -> its content is on disk
    pending: dict[str, list[tuple[str, ...]]] = {}  # folder -> entries not on disk yet
    for entry in log:
        if entry[0] == "fsync" and not Path(entry[1]).suffix and INCOMING in entry[1]:
            synced[entry[1]] = entry[1]
        elif entry[0] == "fsync":
            for change in pending.pop(entry[1], []):
                _apply(change, root, target, contents, synced)
        else:
            folder = str(Path(entry[-1]).parent)
            pending.setdefault(folder, []).append(entry)


INCOMING = f"/{local.INCOMING}/"


def _apply(change, root, target, contents, synced):
    place = target / Path(change[-1]).relative_to(root)
    if not place.parent.is_dir():
        return  # its folder was never durable
    if change[0] == "mkdir":
        place.mkdir(exist_ok=True)
    else:
        place.write_bytes(contents[change[1]] if change[1] in synced else b"")


@pytest.fixture
def undisturbed(tmp_path):
    store = LocalStore(tmp_path / "undisturbed")
    work_off(take_in(store, what=wanted("gen_z")), FakeEngine(windows=2))
    return results_of(store)


def analyse(root: Path) -> LocalStore:
    store = LocalStore(root)
    work_off(take_in(store, what=wanted("gen_z")), FakeEngine(windows=2))
    return store


def test_dying_at_any_write_leaves_a_store_from_which_the_run_goes_on(tmp_path, monkeypatch, undisturbed):
    counter = Disk()
    monkeypatch.setattr(local, "os", counter)
    analyse(tmp_path / "count")
    assert len(counter.log) > 50
    for writes in range(len(counter.log)):
        root = tmp_path / f"died-{writes}"
        monkeypatch.setattr(local, "os", Disk(die_after=writes))
        with pytest.raises(Crash):
            analyse(root)
        monkeypatch.setattr(local, "os", os)
        assert results_of(analyse(root)) == undisturbed, f"after {writes} writes"


def test_losing_what_was_not_synced_at_any_moment_leaves_a_store_from_which_the_run_goes_on(
    tmp_path, monkeypatch, undisturbed
):
    disk = Disk()
    contents: dict[str, bytes] = {}
    monkeypatch.setattr(local, "os", disk)
    monkeypatch.setattr(local.LocalIncoming, "write", remembering(local.LocalIncoming.write, contents))
    root = tmp_path / "live"
    analyse(root)
    monkeypatch.undo()
    for length in range(len(disk.log) + 1):
        target = tmp_path / f"crashed-{length}"
        target.mkdir()
        surviving(disk.log[:length], root, target, contents)
        assert results_of(analyse(target)) == undisturbed, f"after {length} writes"


def remembering(write, contents):
    def remember(self, chunk):
        contents[str(self._path)] = contents.get(str(self._path), b"") + chunk
        write(self, chunk)

    return remember


def test_an_error_at_any_write_is_told_and_the_run_goes_on_afterwards(tmp_path, monkeypatch, undisturbed):
    counter = Disk()
    monkeypatch.setattr(local, "os", counter)
    analyse(tmp_path / "count")

    class Full(Disk):
        def _write(self, *entry):
            try:
                super()._write(*entry)
            except Crash:
                raise OSError(errno.ENOSPC, "No space left on device") from None

    for writes in range(0, len(counter.log), 7):
        root = tmp_path / f"full-{writes}"
        monkeypatch.setattr(local, "os", Full(die_after=writes))
        with pytest.raises(local.StoreFull):
            analyse(root)
        monkeypatch.setattr(local, "os", os)
        assert results_of(analyse(root)) == undisturbed, f"after {writes} writes"
