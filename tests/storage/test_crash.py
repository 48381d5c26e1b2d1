"""The store after a crash: at every prefix of its writes, with what was not yet synced lost or kept."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest
from crashing_disk import Crash, Disk, remembering, surviving
from fake_engine import FakeEngine
from samples import results_of, take_in, wanted, work_off

from soniclayer.storage import local
from soniclayer.storage.local import LocalStore

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _without_waiting_for_the_disk(monkeypatch):
    """The power is not cut: what is synced is written down."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


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
