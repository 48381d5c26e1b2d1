from __future__ import annotations

import io

import pytest
from fake_engine import FakeEngine
from samples import results_of, take_in, wanted, work_off

from soniclayer.domain.state import state_of
from soniclayer.errors import EngineDied, InputError, StoreFull
from soniclayer.jobs.accept import accept
from soniclayer.jobs.board import Board
from soniclayer.jobs.crew import Crew
from soniclayer.jobs.results import result_of
from soniclayer.storage import names
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path)


def test_every_wanted_result_is_there_at_the_end(store):
    run = take_in(store)
    work_off(run, FakeEngine(), FakeEngine())
    result = result_of(run, "a.wav")
    assert result.state == "completed"
    assert [report.segment.segment_id for report in result.segments] == ["0000.00", "0001.00", "0002.00"]
    assert all(len(report.evaluations) == 2 for report in result.segments)
    assert [persona.persona for persona in result.summary.personas] == ["gen_z", "parent"]


def test_one_engine_and_many_engines_give_the_same_results(tmp_path):
    stores = [LocalStore(tmp_path / "one"), LocalStore(tmp_path / "many")]
    work_off(take_in(stores[0]), FakeEngine())
    work_off(take_in(stores[1]), *(FakeEngine() for _ in range(5)))
    assert results_of(stores[0]) == results_of(stores[1])


def test_a_step_at_which_the_engine_dies_twice_succeeds_the_third_time(store):
    run = take_in(store)
    work_off(run, FakeEngine(deaths={"transcribe.1": 2}))
    assert result_of(run, "").state == "completed"


def test_a_step_at_which_the_engine_dies_three_times_is_given_up_and_the_rest_goes_on(store):
    run = take_in(store)
    work_off(run, FakeEngine(deaths={"transcribe.1": 3}))
    result = result_of(run, "")
    assert result.state == "completed_with_errors"
    assert [report.segment.segment_id for report in result.segments] == ["0000.00", "0002.00"]
    assert [(f.step, f.code, f.attempts) for f in result.summary.failures] == [("transcribe.0001", "engine_crashed", 3)]


def test_prepare_given_up_half_way_keeps_what_it_published(store):
    run = take_in(store)
    work_off(run, FakeEngine(deaths={"prepare.0": 1, "prepare.1": 2, "prepare.2": 9}))
    result = result_of(run, "")
    assert result.state == "completed_with_errors"
    assert len(result.segments) == 3


def test_prepare_resumes_after_the_last_published_window(store):
    run = take_in(store)
    engine = FakeEngine(deaths={"prepare.1": 1})
    work_off(run, engine)
    assert [call for call in engine.calls if call.startswith("prepare.")] == [
        "prepare.0",
        "prepare.1",
        "prepare.2",
    ]


def test_a_lost_sound_cache_is_cut_again(store):
    run = take_in(store)
    work_off(run, FakeEngine(deaths={"transcribe.1": 3}))
    store.delete(run.name_of(names.audio(1)))
    run = take_in(store)
    engine = FakeEngine()
    work_off(run, engine)
    assert engine.calls == ["cut.1", "transcribe.1", "classify.1"]
    assert result_of(run, "").state == "completed"


def test_a_damaged_sound_cache_is_cut_again(store):
    run = take_in(store)
    work_off(run, FakeEngine(deaths={"transcribe.1": 3}))
    store.replace(run.name_of(names.audio(1)), b"bits have rotted")
    run = take_in(store)
    engine = FakeEngine()
    work_off(run, engine)
    assert engine.calls == ["transcribe.1", "cut.1", "transcribe.1", "classify.1"]
    assert result_of(run, "").state == "completed"


def test_a_retry_leads_to_the_result_of_an_undisturbed_run(tmp_path):
    calm, troubled = LocalStore(tmp_path / "calm"), LocalStore(tmp_path / "troubled")
    work_off(take_in(calm), FakeEngine())
    work_off(take_in(troubled), FakeEngine(deaths={"classify.0": 3, "transcribe.2": 3, "prepare": 2}))
    work_off(take_in(troubled), FakeEngine())
    assert results_of(calm) == results_of(troubled)


def test_the_same_bytes_again_compute_nothing(store):
    work_off(take_in(store), FakeEngine())
    engine = FakeEngine()
    work_off(take_in(store, name="other name.wav"), engine)
    assert engine.calls == []


def test_another_persona_is_all_that_is_added(store):
    work_off(take_in(store), FakeEngine())
    run = take_in(store, what=wanted("gen_z", "tradie"))
    engine = FakeEngine()
    work_off(run, engine)
    assert engine.calls == []
    assert [one.persona for one in result_of(run, "").summary.personas] == ["gen_z", "tradie"]
    assert all({e.persona for e in r.evaluations} == {"gen_z", "tradie"} for r in result_of(run, "").segments)


def test_other_options_make_a_new_run_and_nothing_of_the_old_one_stays(store):
    first = take_in(store)
    work_off(first, FakeEngine())
    second = take_in(store, what=wanted("gen_z", "parent", language="de"))
    assert first.recording.run != second.recording.run
    assert not store.list(first.name_of("x").removesuffix("/x"))
    assert state_of(second.survey()) == "accepted"


def test_bad_audio_fails_the_recording_with_its_cause_at_the_first_try(store):
    class Deaf(FakeEngine):
        def prepare(self, source, language, resume):
            self.calls.append("prepare")
            raise InputError("no sound in it", code="no_audio")

    run = take_in(store)
    engine = Deaf()
    work_off(run, engine)
    result = result_of(run, "")
    assert (result.state, engine.calls) == ("failed", ["prepare"])
    assert [(f.step, f.code, f.message) for f in result.summary.failures] == [("prepare", "no_audio", "no sound in it")]


def test_a_full_disk_stops_the_work_and_counts_as_nobody_s_attempt(store, monkeypatch):
    run = take_in(store)
    monkeypatch.setattr(run, "publish", lambda *_: (_ for _ in ()).throw(StoreFull("no space left")))
    with pytest.raises(StoreFull):
        work_off(run, FakeEngine())
    assert run.failures() == ()
    again = take_in(store)
    work_off(again, FakeEngine())
    assert result_of(again, "").state == "completed"


def test_a_recording_deleted_while_it_is_worked_on_does_not_come_back(store):
    run = take_in(store)

    class Deleting(FakeEngine):
        def transcribe(self, audio, window):
            transcript = super().transcribe(audio, window)
            Recordings(store).delete(run.recording)
            return transcript

    work_off(run, Deleting())
    assert not store.list(run.recording.audio_id)


def test_accept_is_the_same_recording_for_two_at_once(store, monkeypatch):
    recordings = Recordings(store)
    with recordings.receive() as one, recordings.receive() as two:
        one.write(b"same")
        two.write(b"same")
        first = recordings.accept(one, "one", wanted("gen_z")).recording
        looks = iter([None])  # the second looked before the first had written its manifest
        monkeypatch.setattr(recordings, "get", lambda audio_id: next(looks, first))
        second = recordings.accept(two, "two", wanted("gen_z")).recording
    assert first == second
    assert len([name for name in store.list("") if name.endswith("/source")]) == 1


def test_nothing_is_accepted_when_the_source_cannot_be_read(store):
    class Broken:
        def read(self, _):
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        accept(Recordings(store), Broken(), "x", wanted("gen_z"))
    assert store.list("") == []


def test_windows_published_by_another_process_meanwhile_are_seen(store):
    run = take_in(store)
    board = Board()
    board.add(run)
    board.close()
    work_off(take_in(store), FakeEngine())  # another process does it all, after this one has looked
    crew = Crew(board, [FakeEngine(), FakeEngine()])
    assert board.wait(30), "prepare is asked for again and again"
    crew.join()
    assert board.progress()[0].state == "completed"


def test_a_persona_that_is_not_wanted_any_more_stops_nothing_else(store):
    run = take_in(store)

    class Narrowing(FakeEngine):
        def classify(self, transcript):
            run.want(wanted("gen_z"))
            return super().classify(transcript)

    work_off(run, Narrowing())
    assert result_of(take_in(store, what=wanted("gen_z")), "").state in {"completed", "processing"}


def test_an_engine_that_dies_while_it_warms_up_is_replaced(store):
    class Fragile(FakeEngine):
        def warm_up(self, **_):
            raise EngineDied("killed", code="engine_crashed")

    run = take_in(store)
    work_off(run, Fragile(), Fragile())
    assert result_of(run, "").state == "completed"


def test_a_damaged_object_costs_its_own_step_and_is_named(store):
    run = take_in(store)
    work_off(run, FakeEngine(deaths={"classify.1": 3}))
    store.replace(run.name_of(names.transcript(1)), b"{")
    run = take_in(store)
    work_off(run, FakeEngine())
    failures = {failure.step: failure.message for failure in run.failures()}
    assert "transcript.json" in failures["classify.0001"]


def test_the_same_bytes_under_a_second_name_leave_a_failure_as_it_is(store):
    run = take_in(store)
    work_off(run, FakeEngine(deaths={"transcribe.1": 3}))
    what = wanted("gen_z", "parent")
    taken = {run.recording.audio_id}
    again = accept(Recordings(store), io.BytesIO(b"some audio"), "b", what, taken=taken)
    assert len(again.failures()) == 1
