from __future__ import annotations

import fcntl
import os
import time

import pytest
from samples import take_in

from soniclayer import metrics
from soniclayer.jobs.cleanup import INSTANCE_GONE_S, cleanup

DAY_S = 86_400.0


@pytest.fixture
def counts(tmp_path):
    folder = tmp_path / "metrics"
    folder.mkdir()
    return folder


def age(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then))


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_nothing_of_a_living_store_is_removed(store, recordings, counts):
    take_in(store, b"one")
    run = take_in(store, b"two")
    run.cancel()
    with recordings.receive() as incoming:
        incoming.write(b"on its way")
        before = files_below(store._root)
        done = cleanup(recordings, counts)
        assert (done.uploads, done.runs, done.instances, done.faults) == (0, (), (), ())
        assert files_below(store._root) == before


def test_an_upload_that_was_broken_off_a_day_ago_is_removed_and_one_of_an_hour_ago_is_not(store, recordings, counts):
    folder = store._root / ".incoming"
    folder.mkdir(parents=True)
    for name, seconds in (("old", DAY_S + 60), ("young", 3600)):
        (folder / name).write_bytes(b"half of it")
        age(folder / name, seconds)
    assert cleanup(recordings, counts, only_look=True).uploads == 1
    assert files_below(folder) == ["old", "young"]
    assert cleanup(recordings, counts).uploads == 1
    assert files_below(folder) == ["young"]


def test_an_accept_that_died_before_its_manifest_is_removed_after_a_day(store, recordings, counts):
    run = take_in(store, b"half accepted")
    store.delete(f"{run.recording.audio_id}/recording.json")
    assert cleanup(recordings, counts).uploads == 0
    for mark in store.list("open"):
        store.replace(mark, b"2020-01-01T00:00:00+00:00")
    assert cleanup(recordings, counts).uploads == 1
    assert store.list("") == []


def test_what_a_killed_step_wrote_for_a_deleted_recording_is_removed(store, recordings, counts):
    run = take_in(store, b"deleted")
    recordings.delete(run.recording)
    recordings.forget(run.recording)
    left = run.name_of("windows/0003/transcript.json")
    store.create(left, b"{}")
    (store.path(run.name_of("windows/0004"))).mkdir()
    name = f"{run.recording.audio_id}/{run.recording.run}"
    assert cleanup(recordings, counts, only_look=True).runs == (name,)
    assert store.exists(left)
    assert cleanup(recordings, counts).runs == (name,)
    assert not store.path(run.recording.audio_id).exists()
    assert cleanup(recordings, counts).runs == ()


def test_an_older_run_of_a_recording_that_was_uploaded_again_is_removed_alone(store, recordings, counts):
    old = take_in(store, b"the same bytes")
    recordings.delete(old.recording)
    recordings.forget(old.recording)
    take_in(store, b"the same bytes")
    before = store.list("")
    store.create(old.name_of("plan.json"), b"{}")
    assert cleanup(recordings, counts).runs == (f"{old.recording.audio_id}/{old.recording.run}",)
    assert store.list("") == before


def test_an_accept_under_way_is_left_alone(store, recordings, counts):
    run = take_in(store, b"being accepted")
    store.delete(f"{run.recording.audio_id}/recording.json")  # its mark is on the open list still
    assert cleanup(recordings, counts).runs == ()
    assert store.exists(run.name_of("source"))


def test_a_recording_that_cannot_be_read_is_told_and_left_alone(store, recordings, counts):
    damaged = take_in(store, b"damaged")
    store.replace(f"{damaged.recording.audio_id}/recording.json", b"{")
    other = take_in(store, b"deleted")
    recordings.delete(other.recording)
    recordings.forget(other.recording)
    store.create(other.name_of("plan.json"), b"{}")
    done = cleanup(recordings, counts)
    assert done.runs == (f"{other.recording.audio_id}/{other.recording.run}",)
    assert len(done.faults) == 1
    assert damaged.recording.audio_id in done.faults[0]
    assert store.exists(damaged.name_of("source"))


def test_metrics_of_an_instance_that_is_gone_for_long_are_removed_and_no_others(recordings, counts):
    for name, seconds in (("worker-1", 0), ("worker-2", INSTANCE_GONE_S + 60), ("worker-3", INSTANCE_GONE_S + 60)):
        for kind in ("counter", "gauge_livesum"):
            (counts / f"{kind}_{name}.db").write_bytes(b"")
            age(counts / f"{kind}_{name}.db", seconds)
    with (counts / "worker-3.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert cleanup(recordings, counts, only_look=True).instances == ("worker-2",)
        assert (counts / "counter_worker-2.db").exists()
        assert cleanup(recordings, counts).instances == ("worker-2",)
    assert sorted(path.name for path in counts.glob("counter_*")) == ["counter_worker-1.db", "counter_worker-3.db"]


def test_an_instance_that_starts_meanwhile_keeps_its_metrics(counts):
    (counts / "counter_worker-1.db").write_bytes(b"")
    with (counts / "worker-1.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert not metrics.forget(counts, "worker-1")
    assert (counts / "counter_worker-1.db").exists()
