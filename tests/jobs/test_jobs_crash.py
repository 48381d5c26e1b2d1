"""Use cases that die at any write: what they were asked for is done in the end, or was never begun."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress

import pytest
from crashing_disk import Crash, Disk, remembering, surviving
from fake_engine import FakeEngine
from fake_judge import FakeJudge
from queue_worker import perform_next, work_queues
from samples import all_personas, results_of, upload, wanted

from soniclayer.domain.state import ENDED, state_of
from soniclayer.errors import Conflict, RecordingMissing
from soniclayer.jobs import steer
from soniclayer.jobs.reconcile import reconcile
from soniclayer.storage import local
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings

GEN_Z = wanted("gen_z")
AUDIO_ID = hashlib.sha256(b"some audio").hexdigest()
TRADIE = [persona for persona in all_personas() if persona.name == "tradie"]


def nothing(recordings, courier):
    """As at the very beginning."""


def with_errors(recordings, courier):
    upload(recordings, courier, what=GEN_Z)
    work_queues(recordings, courier, FakeEngine(windows=2, deaths={"transcribe.0": 3, "classify.1": 3}))


def half_done(recordings, courier):
    upload(recordings, courier, what=GEN_Z)
    perform_next(recordings, courier, FakeEngine(windows=2))
    perform_next(recordings, courier, FakeEngine(windows=2))


def finished(recordings, courier):
    upload(recordings, courier, what=GEN_Z)
    work_queues(recordings, courier, FakeEngine(windows=2))


def cancelled(recordings, courier):
    half_done(recordings, courier)
    steer.cancel(recordings, courier, AUDIO_ID)


def provisional(recordings, courier):
    upload(recordings, courier, what=GEN_Z)
    work_queues(recordings, courier, FakeEngine(windows=2), judge=FakeJudge("silent"))


def half_improved(recordings, courier):
    provisional(recordings, courier)
    reconcile(recordings, courier)
    perform_next(recordings, courier, FakeEngine(windows=2), judge=FakeJudge("answers"))


def improve(recordings, courier):
    reconcile(recordings, courier)
    work_queues(recordings, courier, FakeEngine(windows=2), judge=FakeJudge("answers"))


def take_up(recordings, courier):
    upload(recordings, courier, what=GEN_Z)


def retry(recordings, courier):
    steer.retry(recordings, courier, AUDIO_ID)


def delete(recordings, courier):
    steer.delete(recordings, courier, AUDIO_ID)


def cancel(recordings, courier):
    steer.cancel(recordings, courier, AUDIO_ID)


def re_evaluate(recordings, courier):
    steer.re_evaluate(recordings, courier, AUDIO_ID, TRADIE)


CASES = [
    (nothing, take_up),
    (with_errors, retry),
    (cancelled, retry),
    (cancelled, take_up),
    (half_done, delete),
    (half_done, cancel),
    (half_done, re_evaluate),
    (finished, re_evaluate),
    (finished, delete),
    (provisional, improve),
    (provisional, re_evaluate),
    (provisional, delete),
    (half_improved, re_evaluate),
]
TOO_LATE = [(half_done, cancel), *(case for case in CASES if case[1] is re_evaluate)]
"""Asked for again they find a finished recording, which gives other results."""

cases = pytest.mark.parametrize("case", CASES, ids=[f"{act.__name__} after {before.__name__}" for before, act in CASES])


@pytest.fixture
def start(tmp_path, courier):
    """Makes a store as it is before the act, without anything in Redis; the folder."""

    def make(before):
        root = tmp_path / "start"
        root.mkdir()
        before(Recordings(LocalStore(root)), courier)
        courier.client.flushdb()
        return root

    return make


def ends(start, act, courier):
    """The results there may be in the end: without the act, and with it."""
    alone, done = (shutil.copytree(start, start.with_name(name)) for name in ("alone", "done"))
    act(Recordings(LocalStore(done)), courier)
    return recover(alone, courier), recover(done, courier)


def recover(root, courier) -> dict[str, bytes]:
    """What there is after the next start, Redis being empty, when all is worked off."""
    courier.client.flushdb()
    store = LocalStore(root)
    recordings = Recordings(store)
    recordings.sweep(max_age_s=-1)
    assert reconcile(recordings, courier).faults == ()
    work_queues(recordings, courier, FakeEngine(windows=2), most=100, judge=FakeJudge("answers"))
    assert recordings.open_ids() == []
    assert {courier.index.get(one).state for one in courier.index.ids()} <= ENDED
    found = {audio_id: recordings.get(audio_id) for audio_id in recordings.ids()}  # or an empty folder
    assert (
        {name.split("/")[0] for name in store.list("")} == {one for one in found if found[one]} == courier.index.ids()
    )
    for audio_id in courier.index.ids():
        assert state_of(recordings.run(found[audio_id]).survey()) == courier.index.get(audio_id).state
    return results_of(store)


@cases
def test_dying_at_any_write_leaves_it_done_or_not_begun(tmp_path, courier, monkeypatch, start, case):
    before, act = case
    origin = start(before)
    alone, done = ends(origin, act, courier)
    writes, died = 0, True
    while died:
        root = shutil.copytree(origin, tmp_path / f"died-{writes}")
        monkeypatch.setattr(local, "os", Disk(die_after=writes))
        died = dies(act, Recordings(LocalStore(root)), courier)
        monkeypatch.setattr(local, "os", os)
        assert one_of(recover(root, courier), alone, done), f"after {writes} writes"
        if case not in TOO_LATE:  # the user asks again
            with suppress(Conflict, RecordingMissing):
                act(Recordings(LocalStore(root)), courier)
            assert recover(root, courier) == done, f"after {writes} writes, and asked again"
        writes += 1
    assert writes > 5


def dies(act, recordings, courier) -> bool:
    try:
        act(recordings, courier)
    except Crash:
        return True
    return False


def one_of(found, alone, done) -> bool:
    """A retry of two failures may also have begun with one of them."""
    return found in (alone, done) or any("failures/" in name for name in alone)


@cases
def test_losing_what_was_not_synced_leaves_it_done_or_not_begun(tmp_path, courier, monkeypatch, start, case):
    before, act = case
    origin = start(before)
    alone, done = ends(origin, act, courier)
    root = shutil.copytree(origin, tmp_path / "live")
    disk, contents = Disk(), {}
    monkeypatch.setattr(local, "os", disk)
    monkeypatch.setattr(local.LocalIncoming, "write", remembering(local.LocalIncoming.write, contents))
    act(Recordings(LocalStore(root)), courier)
    monkeypatch.undo()
    for length in range(len(disk.log) + 1):
        target = shutil.copytree(origin, tmp_path / f"crashed-{length}")
        surviving(disk.log[:length], root, target, contents)
        found = recover(target, courier)
        assert one_of(found, alone, done), f"after {length} writes"
    assert found == done
