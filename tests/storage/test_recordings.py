from __future__ import annotations

import pytest
from samples import take_in, wanted

from soniclayer.errors import RecordingGone
from soniclayer.storage import names
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path)


@pytest.fixture
def recordings(store):
    return Recordings(store)


def test_a_recording_is_named_by_the_hash_of_its_bytes_and_found_by_it(store, recordings):
    run = take_in(store, b"abc", name="a b 🎙.wav")
    assert run.recording.audio_id.startswith("ba7816bf")
    assert recordings.get(run.recording.audio_id) == run.recording
    assert (run.recording.name, run.recording.size_bytes) == ("a b 🎙.wav", 3)
    with run.source() as source:
        assert source.read_bytes() == b"abc"


def test_an_accepted_recording_is_on_the_open_list_until_it_has_ended(store, recordings):
    audio_id = take_in(store).recording.audio_id
    assert recordings.open_ids() == [audio_id]
    recordings.mark_ended(audio_id)
    assert recordings.open_ids() == []


def test_delete_leaves_nothing(store, recordings):
    recordings.delete(take_in(store).recording)
    assert store.list("") == []


def test_deleted_and_accepted_again_it_is_another_run(store, recordings):
    first = take_in(store)
    recordings.delete(first.recording)
    second = take_in(store)
    assert first.recording.run != second.recording.run
    with pytest.raises(RecordingGone):
        first.create(names.PLAN, wanted("gen_z"))


def test_a_cancelled_recording_takes_no_more_results(store):
    run = take_in(store)
    store.create(run.name_of(names.CANCELLED), b"{}")
    with pytest.raises(RecordingGone):
        run.create(names.PLAN, wanted("gen_z"))


def test_sweep_removes_uploads_that_died_before_they_were_accepted_and_nothing_else(store, recordings):
    accepted = take_in(store)
    recordings.mark_open("dead")
    store.create("dead/run/source", b"half accepted")
    assert recordings.sweep(max_age_s=3600) == 0
    assert recordings.sweep(max_age_s=-1) == 1
    assert recordings.open_ids() == [accepted.recording.audio_id]
    assert store.list("dead") == []
