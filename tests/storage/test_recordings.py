from __future__ import annotations

import os
import shutil
from dataclasses import replace

import pytest
from fake_engine import FakeEngine, fake_window
from samples import take_in, wanted, work_off

from soniclayer.domain.step import Step, window_steps
from soniclayer.domain.summary import Failure, SegmentReports
from soniclayer.errors import RecordingGone
from soniclayer.storage import names
from soniclayer.storage.local import INCOMING, LocalStore
from soniclayer.storage.open_list import OpenList
from soniclayer.storage.recordings import Recordings
from soniclayer.storage.run import Run


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
    run = take_in(store)
    assert recordings.open_ids() == [run.recording.audio_id]
    recordings.close(run)
    assert recordings.is_open(run.recording)
    work_off(run, FakeEngine())
    recordings.close(run)
    assert recordings.open_ids() == []
    assert not recordings.is_open(run.recording)


def test_a_change_between_the_look_and_the_closing_keeps_a_recording_open(store, recordings, monkeypatch):
    run = take_in(store)
    work_off(run, FakeEngine(deaths={"transcribe.1": 3}))
    look = run.survey

    def look_and_be_overtaken():
        survey = look()
        Recordings(store).reopen(run)
        return survey

    monkeypatch.setattr(run, "survey", look_and_be_overtaken)
    recordings.close(run)
    assert recordings.is_open(run.recording)


def test_a_closing_between_the_mark_and_the_change_keeps_a_recording_open(store, recordings, monkeypatch):
    run = take_in(store)
    work_off(run, FakeEngine(deaths={"transcribe.1": 3}))
    uncancel = run.uncancel
    monkeypatch.setattr(run, "uncancel", lambda: (recordings.close(run), uncancel()))
    recordings.reopen(run)
    assert recordings.is_open(run.recording)


def test_a_process_that_dies_while_it_closes_a_recording_that_is_reopened_loses_nothing(store, recordings, monkeypatch):
    run = take_in(store)
    work_off(run, FakeEngine(deaths={"transcribe.1": 3}))
    remove = OpenList.remove

    def reopen_and_die(marks_of_store, marks):
        Recordings(store).reopen(run)
        remove(marks_of_store, marks)
        raise KeyboardInterrupt

    monkeypatch.setattr(OpenList, "remove", reopen_and_die)
    with pytest.raises(KeyboardInterrupt):
        recordings.close(run)
    assert recordings.open_ids() == [run.recording.audio_id]


def test_delete_leaves_nothing_but_a_note_until_all_have_been_told(store, recordings):
    recording = take_in(store).recording
    recordings.delete(recording)
    assert len(store.list("")) == 1
    assert (recordings.open_ids(), recordings.deleted()) == ([], [recording])
    recordings.forget(recording)
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
    dead = replace(accepted.recording, run="0123456789abcdef")
    recordings.mark_open(dead)
    store.create(recordings.run(dead).name_of(names.SOURCE), b"half accepted")
    other = replace(accepted.recording, audio_id="f" * 64)
    recordings.mark_open(other)
    store.create(recordings.run(other).name_of(names.SOURCE), b"half accepted")
    before = store.list("")
    recordings.sweep(max_age_s=3600)
    assert store.list("") == before
    recordings.sweep(max_age_s=-1)
    assert recordings.open_ids() == [accepted.recording.audio_id]
    assert not [name for name in store.list("") if "0123456789abcdef" in name or "f" * 64 in name]
    with accepted.source() as source:
        assert source.read_bytes() == b"some audio"


def test_sweep_ends_a_deletion_that_died_half_way(store, recordings, monkeypatch):
    run = take_in(store)
    with monkeypatch.context() as patch:
        patch.setattr(Run, "delete", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            recordings.delete(run.recording)
    assert recordings.get(run.recording.audio_id) is None
    assert store.list("") != []
    recordings.sweep()
    recordings.forget(run.recording)
    assert store.list("") == []


def test_sweep_removes_what_was_received_and_never_published(recordings, tmp_path):
    with recordings.receive():
        assert len(list((tmp_path / INCOMING).iterdir())) == 1
        recordings.sweep(max_age_s=-1)
        assert not list((tmp_path / INCOMING).iterdir())


def test_the_same_bytes_accepted_and_deleted_meanwhile_are_accepted_with_their_source(store, recordings, monkeypatch):
    """A recording accepted between the look of another accept and its manifest, and deleted again."""
    write, others = Recordings._write, []

    def overtaken(self, recording, incoming, what):
        if not others:
            others.append(None)
            others[0] = take_in(store, b"same", name="first")
            Recordings(store).delete(others[0].recording)
        return write(self, recording, incoming, what)

    monkeypatch.setattr(Recordings, "_write", overtaken)
    with recordings.receive() as incoming:
        incoming.write(b"same")
        accepted = recordings.accept(incoming, "second", wanted("gen_z"))
    assert accepted.new
    with recordings.run(accepted.recording).source() as source:
        assert source.read_bytes() == b"same"


@pytest.mark.parametrize("replaced", [False, True], ids=["deleted", "replaced"])
@pytest.mark.parametrize(
    "write",
    [
        lambda run: run.create(names.PLAN, wanted("gen_z")),
        lambda run: run.publish(fake_window(0), b"flac"),
        lambda run: run.cache_audio(0, b"flac"),
        lambda run: run.want(wanted("parent")),
        lambda run: run.cancel(),
        lambda run: run.fail(Step(run.recording.audio_id, "prepare"), Failure("prepare", "x", "y", 1)),
        lambda run: run.summarise(SegmentReports(()), run.summary()),
    ],
    ids=["create", "publish", "cache_audio", "want", "cancel", "fail", "summarise"],
)
def test_a_write_that_a_deletion_overtakes_leaves_nothing(store, recordings, monkeypatch, write, replaced):
    run = take_in(store)
    work_off(run, FakeEngine())
    summary = run.summary()
    run.summary = lambda: summary
    put, left = LocalStore.receive, []

    def delete_first(self):
        if not left:
            left.append(None)
            recordings.delete(run.recording)
            if replaced:
                take_in(store)
            left[:] = [store.list("")]
        return put(self)

    monkeypatch.setattr(LocalStore, "receive", delete_first)
    with pytest.raises(RecordingGone):
        write(run)
    assert store.list("") == left[0]


def test_a_survey_of_some_windows_knows_of_them_what_the_full_one_does(store):
    run = take_in(store)
    work_off(run, FakeEngine(windows=5, deaths={"transcribe.1": 3, "classify.3": 3}))
    full, some = run.survey(), run.window_survey([1, 2, 9, -3])
    assert some.windows == {1, 2}
    assert {step for step in full.done if step.window in {1, 2, None}} == some.done
    assert some.failed == full.failed
    for number in (1, 2):
        assert window_steps(some, number) == window_steps(full, number)
    assert (some.planned, some.personas, some.damaged) == (full.planned, full.personas, full.damaged)


def test_a_cancelled_recording_goes_on_when_the_cancellation_is_taken_back(store):
    run = take_in(store)
    run.cancel()
    run.cancel()
    assert run.window_survey([]).cancelled
    assert run.survey().cancelled
    run.uncancel()
    run.uncancel()
    assert not run.survey().cancelled


def test_a_manifest_of_an_older_version_is_read(store, recordings):
    old = b'{"audio_id":"%s","run":"00","name":"a","size_bytes":1,"uploaded_at":"2026-01-01T00:00:00+00:00"}'
    store.create(f"{'a' * 64}/recording.json", old % (b"a" * 64))
    assert recordings.get("a" * 64).uploaded_by is None


def test_all_recordings_are_told_without_anything_else_and_the_last_one_first(store, recordings, tmp_path):
    found = [take_in(store, data).recording.audio_id for data in (b"1", b"2", b"3")]
    for age, audio_id in enumerate(reversed(found)):
        os.utime(tmp_path / audio_id, (1e9 - age, 1e9 - age))
    assert recordings.ids() == found[::-1]


@pytest.mark.parametrize("audio_id", ["", "..", "open", "a/b", "A" * 64, "a" * 63])
def test_what_is_no_id_is_no_recording(recordings, audio_id):
    assert recordings.get(audio_id) is None


def test_free_space_is_that_of_the_store_s_disk(recordings, tmp_path):
    assert recordings.free_bytes() == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.05)
