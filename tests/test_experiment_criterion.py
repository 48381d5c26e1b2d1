"""The criterion of the fault experiments sees what it is there to see: it is told of each fault that is made here."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest
from fake_engine import FakeEngine
from result_watch import ResultWatch
from samples import take_in, wanted, work_off
from told_by_api import told_by_api
from told_by_store import told_by_store

from soniclayer.storage import names
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path / "uploads")


@pytest.fixture
def ended(store):
    """A run with everything it should have."""
    run = take_in(store, what=wanted("gen_z"))
    work_off(run, FakeEngine(windows=2))
    Recordings(store).close(run)
    return run


def faults(store):
    return told_by_store(store._root).faults


def test_a_recording_that_has_ended_has_no_fault(store, ended):
    told = told_by_store(store._root)
    assert told.faults == []
    assert told.recordings[ended.recording.audio_id].state == "completed"


def test_a_recording_that_was_accepted_and_not_begun_is_a_fault(store):
    take_in(store)
    assert ["accepted" in fault for fault in faults(store)] == [True]


def test_a_lost_result_is_a_fault(store, ended):
    store.delete(ended.name_of(names.transcript(1)))
    assert faults(store) != []


def test_a_second_run_is_a_fault(store, ended):
    audio_id = ended.recording.audio_id
    shutil.copytree(store.path(f"{audio_id}/{ended.recording.run}"), store.path(f"{audio_id}/{'0' * 16}"))
    assert faults(store) == [f"{audio_id}: runs beside its own: ['{'0' * 16}']"]


def test_other_bytes_than_were_uploaded_are_a_fault(store, ended):
    store.path(ended.name_of(names.SOURCE)).write_bytes(b"other audio")
    assert ["not what was uploaded" in fault for fault in faults(store)] == [True]


def test_a_recording_left_on_the_open_list_is_a_fault(store, ended):
    Recordings(store).mark_open(ended.recording)
    assert ["open list" in fault for fault in faults(store)] == [True]


def test_a_result_that_is_written_again_is_seen(store, ended):
    watch = ResultWatch(SimpleNamespace(path=lambda inside: store._root))
    watch.look()
    name = ended.name_of(names.analysis(0))
    data = store.read(name)
    store.replace(name, data)
    watch.look()
    assert watch.rewritten == {name}


def test_a_summary_that_is_made_again_is_nothing_to_tell(store, ended):
    watch = ResultWatch(SimpleNamespace(path=lambda inside: store._root))
    watch.look()
    store.replace(ended.name_of(names.SUMMARY), store.read(ended.name_of(names.SUMMARY)))
    watch.look()
    assert watch.rewritten == set()


LINE = {"name": "a.wav", "size_bytes": 10, "state": "completed", "failures": 0}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, []),
        ({"state": "processing"}, ["the list says"]),
        ({"audio_id": "another"}, ["in the list, not in the store", "not in the list"]),
    ],
)
def test_a_list_that_tells_otherwise_than_the_store_is_a_fault(store, ended, change, told):
    kept = told_by_store(store._root).recordings
    audio_id = ended.recording.audio_id
    line = {**LINE, "audio_id": audio_id, **change}
    found = told_by_api(SuiteThatAnswers([line], "completed", kept[audio_id].segments), kept)
    assert [any(part in fault for fault in found) for part in told] == [True] * len(told)
    assert len(found) == len(told)


def test_a_detail_that_tells_otherwise_than_the_store_is_a_fault(store, ended):
    kept = told_by_store(store._root).recordings
    suite = SuiteThatAnswers([{**LINE, "audio_id": ended.recording.audio_id}], "processing", 0)
    assert ["the API" in fault for fault in told_by_api(suite, kept)] == [True, True]


class SuiteThatAnswers:
    """Says of every recording the same."""

    def __init__(self, lines, state, segments):
        self._list = {"recordings": lines, "total": len(lines), "rebuilding": False}
        self._state, self._segments = state, segments

    def ask(self, method, path):
        told = self._list if path.startswith("/recordings") else {"segments": [None] * self._segments}
        return SimpleNamespace(json=lambda: told)

    def recording(self, audio_id):
        return {"state": self._state, "failures": []}
