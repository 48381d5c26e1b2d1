"""What a disk or a hand has taken or damaged is a visible failure of its recording: no step goes round for ever."""

from __future__ import annotations

import pytest
from fake_engine import FakeEngine
from queue_worker import perform_next, work_queues
from samples import results_of, upload

from soniclayer.errors import StoreError
from soniclayer.jobs import steer
from soniclayer.jobs.overview import overview
from soniclayer.jobs.reading import segments_so_far
from soniclayer.jobs.reconcile import reconcile
from soniclayer.storage import names
from soniclayer.storage.run import Run

MOST = 60


def work(recordings, courier, engine=None):
    """All there is to do, now and soon: nothing may be put off again and again."""
    done = work_queues(recordings, courier, engine or FakeEngine(), most=MOST)
    assert [performed for _, performed in done if performed.outcome == "put_off"] == []
    return done


def accepted(recordings, courier, data=b"some audio"):
    return recordings.run(upload(recordings, courier, data).recording)


def finished(recordings, courier, data=b"some audio"):
    run = accepted(recordings, courier, data)
    work(recordings, courier)
    return run


def take_away(store, run, name):
    """Lose an object; what brings it back."""
    full, data = run.name_of(name), store.read(run.name_of(name))
    store.delete(full)
    return lambda: store.create(full, data)


def damage(store, full):
    """Damage an object; what brings it back."""
    data = store.read(full)
    store.replace(full, b'{"run": ')
    return lambda: store.replace(full, data)


def told(recordings, courier, run):
    """State and codes as the API tells them, and the state in the list, which agree."""
    found = overview(recordings, run.recording.audio_id)
    line = courier.index.get(run.recording.audio_id)
    assert (line.state, line.failures) == (found.state, len(found.failures))
    return found.state, [failure.code for failure in found.failures]


def manifest(run):
    return f"{run.recording.audio_id}/{names.MANIFEST}"


def test_a_recording_whose_source_is_lost_fails_visibly_and_is_made_when_it_is_back(store, recordings, courier):
    run = accepted(recordings, courier)
    bring_back = take_away(store, run, names.SOURCE)
    other = accepted(recordings, courier, b"another")
    work(recordings, courier)
    assert told(recordings, courier, run) == ("failed", ["source_missing"])
    assert "bring it back from a backup" in overview(recordings, run.recording.audio_id).failures[0].message
    assert told(recordings, courier, other) == ("completed", [])
    assert reconcile(recordings, courier).opened == 0
    steer.retry(recordings, courier, run.recording.audio_id)
    work(recordings, courier)
    assert told(recordings, courier, run) == ("failed", ["source_missing"])
    bring_back()
    steer.retry(recordings, courier, run.recording.audio_id)
    work(recordings, courier)
    assert told(recordings, courier, run) == ("completed", [])


def test_a_window_whose_sound_and_source_are_lost_costs_that_window_alone(store, recordings, courier):
    run = accepted(recordings, courier)
    perform_next(recordings, courier, FakeEngine())
    bring_back = take_away(store, run, names.SOURCE)
    run.forget_audio(1)
    work(recordings, courier)
    assert told(recordings, courier, run) == ("completed_with_errors", ["source_missing"])
    bring_back()
    steer.retry(recordings, courier, run.recording.audio_id)
    work(recordings, courier)
    assert told(recordings, courier, run) == ("completed", [])


@pytest.mark.parametrize("how", ["lost", "damaged"])
@pytest.mark.parametrize("when", ["accepted", "prepared"])
def test_a_recording_of_which_nobody_knows_what_is_wanted_fails_and_goes_on_when_that_is_back(
    store, recordings, courier, how, when
):
    run = accepted(recordings, courier)
    if when == "prepared":
        perform_next(recordings, courier, FakeEngine())
    bring_back = take_away(store, run, names.WANTED) if how == "lost" else damage(store, run.name_of(names.WANTED))
    other = accepted(recordings, courier, b"another")
    work(recordings, courier)
    found = reconcile(recordings, courier)
    assert told(recordings, courier, run) == ("failed", ["object_damaged"])
    assert told(recordings, courier, other) == ("completed", [])
    assert len(found.faults) == 1
    assert "wanted.json" in found.faults[0]
    assert courier.faults().keys() == {run.recording.audio_id}
    work(recordings, courier)
    bring_back()
    assert reconcile(recordings, courier).faults == ()
    assert courier.faults() == {}
    work(recordings, courier)
    assert told(recordings, courier, run) == ("completed", [])


def test_a_retry_of_what_cannot_be_read_changes_nothing_and_hurts_nothing(store, recordings, courier):
    run = accepted(recordings, courier)
    bring_back = damage(store, run.name_of(names.WANTED))
    work(recordings, courier)
    steer.retry(recordings, courier, run.recording.audio_id)
    work(recordings, courier)
    assert told(recordings, courier, run) == ("failed", ["object_damaged"])
    bring_back()
    reconcile(recordings, courier)
    work(recordings, courier)
    assert told(recordings, courier, run) == ("completed", [])


def test_results_stay_readable_when_what_was_wanted_is_lost(store, recordings, courier):
    run = finished(recordings, courier)
    before = segments_so_far(run)
    results = results_of(store)
    damage(store, run.name_of(names.WANTED))
    reconcile(recordings, courier, everything=True)
    work(recordings, courier)
    assert overview(recordings, run.recording.audio_id).state == "completed_with_errors"
    results.pop(f"{run.recording.audio_id}/{names.WANTED}")
    left = results_of(store)
    assert {name: left[name] for name in results} == results
    assert segments_so_far(run).segments == before.segments


def test_a_damaged_plan_is_a_failure_that_is_told(store, recordings, courier):
    run = accepted(recordings, courier)
    perform_next(recordings, courier, FakeEngine())
    bring_back = damage(store, run.name_of(names.PLAN))
    work(recordings, courier)
    reconcile(recordings, courier)
    assert told(recordings, courier, run) == ("failed", ["object_damaged"])
    bring_back()
    reconcile(recordings, courier)
    work(recordings, courier)
    assert told(recordings, courier, run) == ("completed", [])


def test_a_damaged_summary_is_made_again(store, recordings, courier):
    run = finished(recordings, courier)
    summary = store.read(run.name_of(names.SUMMARY))
    damage(store, run.name_of(names.SUMMARY))
    courier.client.flushdb()
    assert reconcile(recordings, courier).faults == ()
    work(recordings, courier)
    assert store.read(run.name_of(names.SUMMARY)) == summary
    assert told(recordings, courier, run) == ("completed", [])


def test_damaged_facts_of_a_window_do_not_go_round(store, recordings, courier):
    run = accepted(recordings, courier)
    perform_next(recordings, courier, FakeEngine())
    damage(store, run.name_of(names.window(1)))
    work(recordings, courier)
    assert reconcile(recordings, courier).faults == ()
    state, codes = told(recordings, courier, run)
    assert state == "failed"
    assert set(codes) == {"object_damaged"}


def test_a_damaged_manifest_is_told_until_it_is_back_and_holds_nobody_up(store, recordings, courier):
    run = accepted(recordings, courier)
    bring_back = damage(store, manifest(run))
    other = accepted(recordings, courier, b"another")
    work(recordings, courier)
    for _ in range(2):
        found = reconcile(recordings, courier)
        assert len(found.faults) == 1
        assert manifest(run) in found.faults[0]
        assert courier.faults().keys() == {run.recording.audio_id}
        assert courier.index.get(run.recording.audio_id).state == "failed"
        work(recordings, courier)
    assert told(recordings, courier, other) == ("completed", [])
    with pytest.raises(StoreError) as fault:
        overview(recordings, run.recording.audio_id)
    assert fault.value.code == "object_damaged"
    bring_back()
    assert reconcile(recordings, courier).faults == ()
    work(recordings, courier)
    assert told(recordings, courier, run) == ("completed", [])


def test_a_damaged_manifest_of_what_had_ended_is_told_until_it_is_back(store, recordings, courier):
    run = finished(recordings, courier)
    bring_back = damage(store, manifest(run))
    courier.client.flushdb()
    for _ in range(3):
        assert len(reconcile(recordings, courier).faults) == 1
    bring_back()
    assert reconcile(recordings, courier).faults == ()
    assert told(recordings, courier, run) == ("completed", [])


def test_a_deletion_while_a_step_wants_the_source_is_no_failure(store, recordings, courier, monkeypatch):
    run, source = accepted(recordings, courier), Run.source

    def deleted_meanwhile(self):
        steer.delete(recordings, courier, run.recording.audio_id)
        return source(self)

    monkeypatch.setattr(Run, "source", deleted_meanwhile)
    assert [performed.outcome for _, performed in work(recordings, courier)] == ["gone"]
    assert store.list("") == []
