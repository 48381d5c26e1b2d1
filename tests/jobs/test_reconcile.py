from __future__ import annotations

import os
from dataclasses import replace

import pytest
from fake_engine import FakeEngine
from queue_worker import fetch, perform_next, work_queues
from redis_server import close_courier, open_test_courier
from samples import results_of, upload

from soniclayer.errors import CourierAway, StoreError
from soniclayer.jobs import steer
from soniclayer.jobs.reconcile import reconcile
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings


def finish(recordings, courier, **facts):
    work_queues(recordings, courier, FakeEngine(**facts))


def lines(courier):
    return {audio_id: courier.index.get(audio_id) for audio_id in courier.index.ids()}


@pytest.fixture
def all_kinds(recordings, courier):
    """A finished recording, one with errors, a failed, a cancelled and one that waits."""
    upload(recordings, courier, b"finished")
    finish(recordings, courier)
    upload(recordings, courier, b"with errors")
    finish(recordings, courier, deaths={"classify.1": 3})
    upload(recordings, courier, b"failed")
    finish(recordings, courier, deaths={"prepare": 3})
    cancelled = upload(recordings, courier, b"cancelled").recording.audio_id
    perform_next(recordings, courier, FakeEngine())
    steer.cancel(recordings, courier, cancelled)
    finish(recordings, courier)
    upload(recordings, courier, b"waiting")
    return lines(courier)


def test_the_index_is_made_anew_from_the_store_line_by_line(recordings, courier, all_kinds):
    assert {line.state for line in all_kinds.values()} == {
        "completed",
        "completed_with_errors",
        "failed",
        "cancelled",
        "accepted",
    }
    assert {bool(line.scores) for line in all_kinds.values()} == {True, False}
    courier.client.flushdb()
    done = reconcile(recordings, courier)
    assert lines(courier) == all_kinds
    assert (done.opened, done.indexed, done.faults) == (1, 4, ())
    assert courier.index.complete
    assert courier.has_epoch()
    finish(recordings, courier)
    assert "accepted" not in {line.state for line in lines(courier).values()}


def test_lines_of_an_older_release_are_made_anew_once(recordings, courier, all_kinds):
    reconcile(recordings, courier)
    for line in all_kinds.values():
        courier.index.put(replace(line, scores={}))
    courier.client.set("soniclayer:index:complete", 1)
    assert reconcile(recordings, courier).indexed == len(all_kinds)
    assert lines(courier) == all_kinds
    assert reconcile(recordings, courier).indexed == 0


def test_nobody_is_told_news_of_what_had_ended_long_ago(recordings, courier, all_kinds):
    courier.client.flushdb()
    reconcile(recordings, courier)
    told = {event.data["state"] for event in courier.events.after("0-0")}
    assert "completed" not in told


def test_with_nothing_lost_it_looks_at_open_recordings_alone(recordings, courier, all_kinds, monkeypatch):
    reconcile(recordings, courier)
    monkeypatch.setattr(Recordings, "ids", None)
    done = reconcile(recordings, courier)
    assert (done.opened, done.indexed) == (1, 0)


def test_everything_corrects_lines_that_are_wrong_and_takes_out_those_of_recordings_that_are_gone(
    recordings, courier, all_kinds
):
    reconcile(recordings, courier)
    for line in list(all_kinds.values())[:2]:
        courier.index.put(type(line)(**{**vars(line), "name": "another", "state": "failed"}))
    gone = recordings.get(next(line.audio_id for line in all_kinds.values() if line.state == "completed"))
    recordings.delete(gone)
    recordings.forget(gone)
    reconcile(recordings, courier, everything=True)
    assert lines(courier) == {audio_id: line for audio_id, line in all_kinds.items() if audio_id != gone.audio_id}


def test_one_at_a_time(recordings, courier, redis_url):
    other = open_test_courier(redis_url)
    assert other.take_reconciling()
    assert reconcile(recordings, courier) is None
    other.give_back_reconciling()
    assert reconcile(recordings, courier) is not None
    assert reconcile(recordings, courier) is not None
    close_courier(other)


def test_the_right_to_it_is_kept_however_long_it_takes(recordings, courier, all_kinds, monkeypatch):
    signs = []
    keep = courier.keep_reconciling
    monkeypatch.setattr("soniclayer.jobs.reconcile.SIGN_S", 0.0)
    monkeypatch.setattr(courier, "keep_reconciling", lambda: signs.append(keep()) or signs[-1])
    courier.client.flushdb()
    reconcile(recordings, courier)
    assert len(signs) > len(all_kinds)
    assert all(signs)


def test_data_lost_while_the_index_is_made_anew_leave_it_incomplete(recordings, courier, all_kinds):
    courier.client.flushdb()
    looks = iter(range(100))

    def wipe_half_way():
        if next(looks) == 3:
            courier.client.flushdb()
        return False

    reconcile(recordings, courier, stopped=wipe_half_way)
    assert not courier.index.complete
    assert not courier.has_epoch()
    reconcile(recordings, courier)
    assert lines(courier) == all_kinds


def test_stopped_half_way_it_goes_on_with_what_is_missing(recordings, courier, all_kinds):
    courier.client.flushdb()
    looks = iter(range(100))
    stopped = reconcile(recordings, courier, stopped=lambda: next(looks) == 3)
    assert 0 < stopped.indexed < 4
    assert not courier.index.complete
    rest = reconcile(recordings, courier)
    assert stopped.indexed + rest.indexed == 4
    assert lines(courier) == all_kinds


def test_a_recording_that_cannot_be_read_is_a_fault_of_its_own(store, recordings, courier, all_kinds):
    broken = [line.audio_id for line in all_kinds.values() if line.state in {"accepted", "completed"}]
    store.replace(f"{broken[0]}/recording.json", b"{")
    store.replace(f"{broken[1]}/recording.json", b"\xff")
    courier.client.flushdb()
    done = reconcile(recordings, courier)
    assert sum("recording.json" in fault for fault in done.faults) == len(done.faults) >= 2
    assert courier.index.ids() == set(all_kinds) - set(broken)
    assert courier.index.complete


def test_the_newest_come_back_first(recordings, courier, tmp_path):
    audio_ids = [upload(recordings, courier, data).recording.audio_id for data in (b"newest", b"middle", b"oldest")]
    finish(recordings, courier)
    for age, audio_id in enumerate(audio_ids):
        os.utime(tmp_path / "uploads" / audio_id, (1e9 - age, 1e9 - age))
    courier.client.flushdb()
    looks = iter(range(100))
    reconcile(recordings, courier, stopped=lambda: next(looks) == 1)
    assert courier.index.ids() == {audio_ids[0]}


def test_a_deletion_that_redis_was_not_told_of_is_told(recordings, courier, all_kinds):
    reconcile(recordings, courier)
    line = next(line for line in all_kinds.values() if line.state == "completed")
    recordings.delete(recordings.get(line.audio_id))
    assert line.audio_id in courier.index.ids()
    reconcile(recordings, courier)
    assert line.audio_id not in courier.index.ids()
    assert recordings.deleted() == []


def test_an_end_that_redis_was_not_told_of_is_told(recordings, courier):
    audio_id = upload(recordings, courier).recording.audio_id
    before = courier.index.get(audio_id)
    finish(recordings, courier)
    courier.index.put(before)
    reconcile(recordings, courier)
    assert courier.index.get(audio_id).state == "completed"


def test_a_recording_without_its_mark_is_found_again(store, recordings, courier):
    audio_id = upload(recordings, courier).recording.audio_id
    for name in store.list("open"):
        store.delete(name)
    courier.client.flushdb()
    reconcile(recordings, courier)
    assert recordings.open_ids() == [audio_id]
    finish(recordings, courier)
    assert courier.index.get(audio_id).state == "completed"


def test_what_is_queued_already_is_not_queued_again(recordings, courier):
    upload(recordings, courier)
    perform_next(recordings, courier, FakeEngine())
    before = courier.queue.depths()
    reconcile(recordings, courier)
    assert [depth.waiting for depth in courier.queue.depths()] == [depth.waiting for depth in before]


def test_with_redis_away_it_says_so(recordings):
    with pytest.raises(CourierAway):
        reconcile(recordings, open_test_courier("unix:///nowhere/redis.sock"))


def test_a_store_that_cannot_be_listed_is_told_and_leaves_the_right_to_others(recordings, courier, monkeypatch):
    monkeypatch.setattr(LocalStore, "list", lambda *_: (_ for _ in ()).throw(StoreError("the disk is gone")))
    with pytest.raises(StoreError):
        reconcile(recordings, courier)
    assert courier.take_reconciling()


@pytest.mark.parametrize("moment", range(0, 26, 2))
def test_redis_wiped_at_any_moment_costs_nothing(tmp_path, recordings, store, courier, moment):
    upload(recordings, courier)
    engine = FakeEngine()
    for _ in range(moment):
        perform_next(recordings, courier, engine)
    in_hand = fetch(courier)  # of a worker that died with it
    courier.client.flushdb()
    reconcile(recordings, courier)
    work_queues(recordings, courier, engine)
    assert in_hand or moment > 13
    assert len(engine.calls) == len(set(engine.calls))
    assert results_of(store) == undisturbed(tmp_path, courier)
    assert recordings.open_ids() == []


def undisturbed(tmp_path, courier):
    courier.client.flushdb()
    store = LocalStore(tmp_path / "undisturbed")
    recordings = Recordings(store)
    upload(recordings, courier)
    work_queues(recordings, courier, FakeEngine())
    return results_of(store)
