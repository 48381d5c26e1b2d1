from __future__ import annotations

from contextlib import suppress
from itertools import count

import pytest
from crashing_disk import Crash, Disk
from fake_engine import FakeEngine
from queue_worker import work_queues
from samples import take_in, upload, wanted, work_off

from soniclayer.domain.state import state_of
from soniclayer.errors import RecordingMissing, StoreError, StoreFull
from soniclayer.jobs import steer
from soniclayer.jobs.reconcile import reconcile
from soniclayer.storage import local
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings


def test_an_upload_is_accepted_with_its_key_and_worked_off(recordings, courier):
    uploaded = upload(recordings, courier, key_name="studio", name="news.wav")
    assert (uploaded.new, uploaded.retried, uploaded.state) == (True, False, "accepted")
    assert (uploaded.recording.uploaded_by, uploaded.recording.name) == ("studio", "news.wav")
    assert recordings.get(uploaded.recording.audio_id) == uploaded.recording
    assert courier.index.get(uploaded.recording.audio_id).state == "accepted"
    work_queues(recordings, courier, FakeEngine())
    assert state_of(recordings.run(uploaded.recording).survey()) == "completed"


def test_the_request_id_goes_with_the_step(recordings, courier):
    upload(recordings, courier, request_id="r-1")
    (message, _), *_ = work_queues(recordings, courier, FakeEngine())
    assert message.request_id == "r-1"


def test_with_redis_away_an_upload_is_accepted_and_worked_off_later(recordings, courier, away):
    uploaded = upload(recordings, away)
    assert uploaded.new
    assert work_queues(recordings, courier, FakeEngine()) == []
    reconcile(recordings, courier)
    work_queues(recordings, courier, FakeEngine())
    assert courier.index.get(uploaded.recording.audio_id).state == "completed"


@pytest.mark.parametrize("ended", [False, True])
def test_the_same_bytes_again_are_the_same_recording_and_other_wishes_are_ignored(recordings, courier, ended):
    first = upload(recordings, courier)
    if ended:
        work_queues(recordings, courier, FakeEngine())
    second = upload(recordings, courier, name="b.wav", what=wanted("tradie", language="de"))
    assert (second.new, second.retried) == (False, False)
    assert second.state == ("completed" if ended else "accepted")
    assert second.recording == first.recording
    assert recordings.run(first.recording).wanted() == wanted("gen_z", "parent")
    assert recordings.is_open(first.recording) is not ended


def test_the_same_bytes_of_a_cancelled_recording_let_it_go_on(recordings, courier):
    first = upload(recordings, courier)
    steer.cancel(recordings, courier, first.recording.audio_id)
    second = upload(recordings, courier)
    assert (second.new, second.retried, second.state) == (False, True, "accepted")
    work_queues(recordings, courier, FakeEngine())
    assert courier.index.get(first.recording.audio_id).state == "completed"


def test_the_same_bytes_of_a_failed_recording_let_it_be_tried_again(recordings, courier):
    first = upload(recordings, courier)
    work_queues(recordings, courier, FakeEngine(deaths={"prepare": 3}))
    assert courier.index.get(first.recording.audio_id).state == "failed"
    assert upload(recordings, courier).retried
    work_queues(recordings, courier, FakeEngine(deaths={"prepare": 2}))
    assert courier.index.get(first.recording.audio_id).state == "completed"


def test_the_same_bytes_of_a_recording_with_errors_change_nothing(recordings, courier):
    upload(recordings, courier)
    work_queues(recordings, courier, FakeEngine(deaths={"transcribe.1": 3}))
    again = upload(recordings, courier)
    assert (again.new, again.retried, again.state) == (False, False, "completed_with_errors")
    assert work_queues(recordings, courier, FakeEngine()) == []


def test_a_recording_that_lost_its_mark_gets_it_back_when_it_is_uploaded_again(store, recordings, courier):
    uploaded = upload(recordings, courier)
    for name in store.list("open"):
        store.delete(name)
    upload(recordings, courier)
    assert recordings.is_open(uploaded.recording)


def test_a_known_recording_that_is_deleted_just_then_is_accepted_anew(recordings, courier, monkeypatch):
    first = upload(recordings, courier)
    run = Recordings.run

    def overtaken(self, recording):
        monkeypatch.undo()
        steer.delete(self, courier, recording.audio_id)
        return run(self, recording)

    monkeypatch.setattr(Recordings, "run", overtaken)
    second = upload(recordings, courier)
    assert second.new
    assert second.recording.run != first.recording.run
    work_queues(recordings, courier, FakeEngine())
    assert courier.index.get(second.recording.audio_id).state == "completed"


def test_an_upload_after_a_deletion_that_died_anywhere_is_kept(recordings, courier, monkeypatch):
    for writes in count():
        audio_id = upload(recordings, courier).recording.audio_id
        disk = Disk(die_after=writes)
        with monkeypatch.context() as patch, suppress(Crash):
            patch.setattr(local, "os", disk)
            steer.delete(recordings, courier, audio_id)
        again = upload(recordings, courier).recording
        reconcile(recordings, courier)
        assert recordings.get(audio_id) == again, f"died after {writes} writes"
        if len(disk.log) < writes:
            break
    assert writes > 5
    work_queues(recordings, courier, FakeEngine())
    assert courier.index.get(audio_id).state == "completed"


def test_nothing_is_accepted_when_the_disk_is_full(small_disk, courier):
    recordings = Recordings(LocalStore(small_disk))
    with pytest.raises(StoreFull):
        upload(recordings, courier, bytes(2**20))
    assert recordings.open_ids() == recordings.ids() == []
    assert courier.index.ids() == set()


def test_nothing_is_accepted_when_the_manifest_cannot_be_written(store, recordings, courier, monkeypatch):
    create = LocalStore.create

    def fail(self, name, data):
        if name.endswith("recording.json"):
            create(self, name, data)  # it is there, but nobody knows
            raise StoreError("the disk is gone")
        return create(self, name, data)

    monkeypatch.setattr(LocalStore, "create", fail)
    with pytest.raises(StoreError):
        upload(recordings, courier)
    monkeypatch.undo()
    assert recordings.ids() == []
    assert work_queues(recordings, courier, FakeEngine()) == []


def test_analyze_takes_up_what_the_service_has_cancelled(store, recordings, courier):
    uploaded = upload(recordings, courier)
    steer.cancel(recordings, courier, uploaded.recording.audio_id)
    run = take_in(store)
    work_off(run, FakeEngine())
    assert state_of(run.survey()) == "completed"


def test_an_unknown_recording_cannot_be_steered(recordings, courier):
    for act in (steer.cancel, steer.retry, steer.delete):
        with pytest.raises(RecordingMissing):
            act(recordings, courier, "0" * 64)
    with pytest.raises(RecordingMissing):
        steer.re_evaluate(recordings, courier, "../x", [])
