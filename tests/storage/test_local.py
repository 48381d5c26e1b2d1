from __future__ import annotations

import os
import threading
import time

import pytest

from soniclayer.errors import ObjectMissing, StoreError, StoreFull
from soniclayer.storage.local import INCOMING, LocalStore


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path / "store")


@pytest.fixture
def umask():
    """Sets the umask until the test ends."""
    usual = os.umask(0o022)
    yield os.umask
    os.umask(usual)


def modes(folder):
    return {path.relative_to(folder).as_posix(): oct(path.stat().st_mode & 0o7777) for path in folder.rglob("*")}


def test_what_was_created_is_read_back(store):
    assert store.create("a/b/c.json", b"one")
    assert store.read("a/b/c.json") == b"one"
    assert store.exists("a/b/c.json")


def test_the_first_writer_wins(store):
    store.create("a", b"one")
    assert not store.create("a", b"two")
    assert store.read("a") == b"one"


def test_of_many_writers_at_once_exactly_one_wins(store):
    start = threading.Barrier(8)
    won = []

    def write(number):
        start.wait()
        if store.create("same/object", b"%d" % number):
            won.append(b"%d" % number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [store.read("same/object")]


def test_replace_changes_an_object_at_once(store):
    store.replace("a", b"one")
    store.replace("a", b"two")
    assert store.read("a") == b"two"


def test_a_missing_object_is_told_as_such(store):
    with pytest.raises(ObjectMissing, match="no/such"):
        store.read("no/such")
    with pytest.raises(ObjectMissing), store.local_file("no/such"):
        pass
    assert not store.exists("no/such")


def test_list_names_everything_below_a_prefix_in_order(store):
    for name in ("x/2", "x/1", "x/deep/er/3", "xy", "z/1"):
        store.create(name, b"")
    assert store.list("x") == ["x/1", "x/2", "x/deep/er/3"]
    assert store.list("") == ["x/1", "x/2", "x/deep/er/3", "xy", "z/1"]
    assert store.list("nothing") == []


def test_delete_removes_an_object_and_the_folders_it_leaves_empty(store, tmp_path):
    store.create("a/b/c", b"")
    store.create("a/d", b"")
    store.delete("a/b/c")
    store.delete("a/b/c")
    assert store.list("") == ["a/d"]
    assert not (tmp_path / "store/a/b").exists()


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a//b", "a/./b", "a/..", "", ".incoming/x", "a\0b"])
def test_names_that_leave_the_store_are_refused(store, name):
    for act in (lambda: store.create(name, b""), lambda: store.read(name), lambda: store.delete(name)):
        with pytest.raises(StoreError, match="not an object name"):
            act()


def test_what_was_received_is_hashed_and_published_without_another_copy(store):
    with store.receive() as incoming:
        incoming.write(b"ab")
        incoming.write(b"c")
        assert incoming.size_bytes == 3
        assert incoming.sha256.startswith("ba7816bf")
        assert incoming.publish("up/load")
    assert store.read("up/load") == b"abc"


def test_nothing_is_left_of_what_was_not_published(store, tmp_path):
    with store.receive() as incoming:
        incoming.write(b"half")
    assert store.list("") == []
    assert list((tmp_path / "store" / INCOMING).iterdir()) == []


def test_sweep_removes_only_what_is_old(store, tmp_path):
    with store.receive() as incoming:
        incoming.write(b"under way")
        old = tmp_path / "store" / INCOMING / "left-by-a-dead-process"
        old.write_bytes(b"half")
        os.utime(old, (time.time() - 90_000, time.time() - 90_000))
        assert store.sweep() == 1
        assert incoming.publish("kept")
    assert store.read("kept") == b"under way"


def test_creating_wins_against_a_deletion_that_removes_the_same_folder(store):
    stop = threading.Event()

    def churn():
        while not stop.is_set():
            store.create("folder/other", b"")
            store.delete("folder/other")

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for number in range(200):
            assert store.create(f"folder/{number}", b"")
            store.delete(f"folder/{number}")
    finally:
        stop.set()
        thread.join()


def test_a_full_disk_is_told_and_leaves_nothing_behind(small_disk):
    store = LocalStore(small_disk)
    store.create("kept", b"x")
    with pytest.raises(StoreFull, match="free some space"):
        store.create("too/big", b"x" * 2**21)
    assert store.list("") == ["kept"]
    assert list((small_disk / INCOMING).iterdir()) == []
    assert store.create("small", b"y")


@pytest.mark.parametrize("mask", [0o022, 0o066, 0o002])
def test_only_what_is_served_can_be_read_by_others_whatever_the_umask(store, tmp_path, umask, mask):
    umask(mask)
    store.create("a/result", b"")
    store.replace("a/wanted", b"")
    with store.receive() as incoming:
        incoming.publish("a/run/source", served=True)
    assert modes(tmp_path / "store") == {
        ".incoming": "0o700",
        "a": "0o711",
        "a/result": "0o600",
        "a/wanted": "0o600",
        "a/run": "0o711",
        "a/run/source": "0o644",
    }


def test_store_that_makes_its_own_folder_makes_it_for_its_group_alone(store, tmp_path, umask):
    umask(0o022)
    store.create("a", b"")
    assert (tmp_path / "store").stat().st_mode & 0o7777 == 0o750


def test_store_leaves_the_mode_of_the_folder_it_was_given(store, tmp_path, umask):
    umask(0o066)
    (tmp_path / "store").mkdir()
    (tmp_path / "store").chmod(0o710)
    store.create("a", b"")
    store.free_bytes()
    assert (tmp_path / "store").stat().st_mode & 0o7777 == 0o710
