from __future__ import annotations

import threading
import time

import pytest
from redis_server import close_courier, open_test_courier
from samples import take_in
from worker_place import wait_until

from soniclayer.courier import courier as courier_module
from soniclayer.jobs.reconcile import reconcile
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings
from soniclayer.worker import reconciler as reconciler_module
from soniclayer.worker.reconciler import Reconciler


@pytest.fixture
def make(monkeypatch, tmp_path, redis_url):
    """Makes the running Reconciler of one more worker; it is in `done` how often it has reconciled."""
    monkeypatch.setattr(reconciler_module, "LEAST_S", 0.01)
    recordings = Recordings(LocalStore(tmp_path))
    started = []

    def make_one():
        courier, done = open_test_courier(redis_url), []
        started.append((Reconciler(recordings, courier, lambda: done.append(1)), courier))
        started[-1][0].done = done
        started[-1][0].thread.start()
        return started[-1][0]

    yield make_one
    for one, courier in started:
        one.stop()
        close_courier(courier)


def test_each_worker_reconciles_at_its_start_and_when_it_is_asked_to(make):
    for _ in range(2):
        worker = make()
        wait_until(lambda worker=worker: worker.done)
        worker.soon()
        wait_until(lambda worker=worker: len(worker.done) == 2)


def test_it_tells_whether_its_worker_asks_a_langflow(monkeypatch, courier, tmp_path):
    told = []
    monkeypatch.setattr(reconciler_module, "reconcile", lambda *_, asks, **__: told.append(asks))
    for asks in (True, False):
        one = Reconciler(Recordings(LocalStore(tmp_path)), courier, lambda: None, asks=asks)
        one.thread.start()
        wait_until(lambda: told)
        one.stop()
        assert set(told) == {asks}
        told.clear()


def test_every_so_often_one_of_all_workers_reconciles(make, monkeypatch):
    monkeypatch.setattr(courier_module, "RECONCILE_EVERY_S", 0.5)
    began = time.monotonic()
    workers = [make() for _ in range(4)]
    end = threading.Event()
    threading.Timer(2.2, end.set).start()
    wait_until(end.is_set)
    done = sum(len(worker.done) for worker in workers)
    turns = (time.monotonic() - began) / 0.5
    assert 2 + 1 <= done <= 4 + turns, "at the start each may, then they take turns"


def test_what_was_not_done_to_the_end_is_due(courier, tmp_path):
    recordings = Recordings(LocalStore(tmp_path))
    assert reconcile(recordings, courier, only_when_due=True) is not None
    assert reconcile(recordings, courier, only_when_due=True) is None
    assert 50 < courier.reconcile_due_s() <= 60
    courier.client.flushdb()
    assert courier.reconcile_due_s() == 0
    assert reconcile(recordings, courier, only_when_due=True) is not None


def test_a_recording_that_cannot_be_read_is_logged_once_and_again_when_that_changes(make, tmp_path, caplog):
    recordings = Recordings(LocalStore(tmp_path))
    for data in (b"one", b"two"):
        take_in(LocalStore(tmp_path), data)
    worker = make()
    wait_until(lambda: worker.done)

    def damage(audio_id):
        (tmp_path / audio_id / "recording.json").write_text("{")

    def logged():
        return [record for record in caplog.records if record.message == "could not reconcile a recording"]

    def reconcile_again(times):
        for _ in range(times):
            before = len(worker.done)
            worker.soon()
            wait_until(lambda before=before: len(worker.done) > before)

    one, two = recordings.ids()
    damage(one)
    reconcile_again(4)
    assert len(logged()) == 1
    damage(two)
    reconcile_again(4)
    assert len(logged()) == 2
