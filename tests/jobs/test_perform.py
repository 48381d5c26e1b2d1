from __future__ import annotations

from collections import Counter

import pytest
from fake_engine import FakeEngine
from queue_worker import fetch, perform_next, work_queues
from samples import results_of, take_in, work_off

from soniclayer.courier.message import StepMessage
from soniclayer.domain.state import state_of
from soniclayer.domain.step import Step
from soniclayer.domain.turns import AHEAD
from soniclayer.errors import EngineStopped, StoreFull
from soniclayer.jobs.advance import advance
from soniclayer.storage.local import LocalStore
from soniclayer.storage.run import Run


@pytest.fixture
def run(store, recordings, courier):
    run = take_in(store)
    advance(recordings, courier, run)
    return run


def outcomes(done):
    return Counter(performed.outcome for _, performed in done)


def test_the_queues_lead_to_the_same_results_as_analyze(store, recordings, courier, run, tmp_path):
    assert set(outcomes(work_queues(recordings, courier, FakeEngine(windows=20)))) == {"done"}
    alone = LocalStore(tmp_path / "alone")
    work_off(take_in(alone), FakeEngine(windows=20))
    ours, theirs = results_of(store), results_of(alone)
    assert {name: data for name, data in ours.items() if "summary" not in name} == {
        name: data for name, data in theirs.items() if "summary" not in name
    }
    assert state_of(run.survey()) == "completed"


def test_every_step_is_queued_once(recordings, courier, run):
    done = work_queues(recordings, courier, FakeEngine(windows=30))
    assert max(Counter(message.step for message, _ in done).values()) == 1


def test_a_finished_recording_is_no_longer_open_and_told_as_completed(recordings, courier, run):
    work_queues(recordings, courier, FakeEngine(windows=3))
    audio_id = run.recording.audio_id
    assert recordings.open_ids() == []
    assert courier.index.get(audio_id).state == "completed"
    assert courier.index.get(audio_id).duration_s == 60.0
    told = [(event.kind, event.data.get("state")) for event in courier.events.after("0-0") if event.kind == "state"]
    assert told == [("state", state) for state in ("accepted", "preparing", "processing", "completed")]


def test_progress_grows_window_by_window_to_the_whole(recordings, courier, run):
    work_queues(recordings, courier, FakeEngine(windows=12))
    done_s = [event.data["done_s"] for event in courier.events.after("0-0") if event.kind == "progress"]
    assert done_s == sorted(done_s)
    assert done_s[-1] == 240.0
    assert not courier.progress.read(run.recording).estimated


def test_at_most_so_many_transcriptions_and_evaluations_of_a_recording_wait_at_a_time(recordings, courier, run):
    engine, transcriptions, evaluations = FakeEngine(windows=60), 0, 0
    while perform_next(recordings, courier, engine) is not None:
        waiting = {depth.queue: depth.waiting for depth in courier.queue.depths()}
        transcriptions = max(transcriptions, waiting["transcribe"] + waiting["transcribe.first"])
        evaluations = max(evaluations, waiting["evaluate"])
    assert transcriptions == AHEAD
    assert evaluations == AHEAD * len(run.wanted().personas)
    assert state_of(run.survey()) == "completed"


def test_a_step_the_engine_dies_at_is_tried_three_times_and_the_rest_completes(recordings, courier, run):
    engine = FakeEngine(windows=10, deaths={"transcribe.1": 99})
    done = work_queues(recordings, courier, engine)
    assert engine.calls.count("transcribe.1") == 3
    assert outcomes(done)["died"] == 2
    assert outcomes(done)["given_up"] == 1
    assert state_of(run.survey()) == "completed_with_errors"
    assert [failure.step for failure in run.failures()] == ["transcribe.0001"]
    assert courier.index.get(run.recording.audio_id).failures == 1


def test_a_window_is_let_in_also_when_the_one_before_it_was_given_up(recordings, courier, run):
    work_queues(recordings, courier, FakeEngine(windows=20, deaths={"transcribe.3": 99}))
    assert len(run.survey().done) == 1 + 19 * 4


def test_a_step_that_is_stopped_is_given_back_and_not_counted(recordings, courier, run):
    class Stopping(FakeEngine):
        def transcribe(self, audio, window):
            raise EngineStopped("the worker stops")

    for _ in range(5):
        perform_next(recordings, courier, Stopping(), ["prepare"])
        _, performed = perform_next(recordings, courier, Stopping(), ["transcribe.first"])
        assert performed.outcome == "given_back"
    assert courier.attempts.count(StepMessage(run.recording.run, Step(run.recording.audio_id, "transcribe", 0))) == 1
    work_queues(recordings, courier, FakeEngine())
    assert state_of(run.survey()) == "completed"


def test_a_full_disk_puts_a_step_off_and_counts_nothing(recordings, courier, run):
    class Full(FakeEngine):
        def transcribe(self, audio, window):
            raise StoreFull("no space left")

    done = work_queues(recordings, courier, Full(windows=1))
    assert outcomes(done)["put_off"] == 1
    assert run.failures() == ()
    assert courier.queue.put_off_count() == 1


def test_a_fault_of_our_own_ends_like_a_death(recordings, courier, run):
    class Faulty(FakeEngine):
        def classify(self, transcript):
            raise IndexError("a bug of ours")

    work_queues(recordings, courier, Faulty(windows=2))
    assert {failure.code for failure in run.failures()} == {"internal"}
    assert state_of(run.survey()) == "completed_with_errors"


def test_a_message_that_meets_a_live_lease_is_put_off(recordings, courier, run):
    letter, consumer = fetch(courier)
    courier.client.set(f"soniclayer:lease:{run.recording.audio_id}:{run.recording.run}:prepare", "another", px=15_000)
    consumer.requeue([letter])
    _, performed = perform_next(recordings, courier, FakeEngine())
    assert performed.outcome == "put_off"
    assert courier.queue.put_off_count() == 1


def test_a_step_done_before_is_not_done_again_and_what_it_enabled_is_queued(recordings, courier, run):
    engine = FakeEngine(windows=1)
    perform_next(recordings, courier, engine)
    letter, _ = fetch(courier, ["transcribe.first"])  # a worker that dies after it has stored its result
    run.create("windows/0000/transcript.json", engine.transcribe(_sound(run), run.window(0)))
    courier.broker.do_requeue("transcribe.first", letter.options["redis_message_id"])
    done = work_queues(recordings, courier, engine)
    assert done[0][1].outcome == "already_done"
    assert engine.calls.count("transcribe.0") == 1
    assert state_of(run.survey()) == "completed"


def _sound(run):
    with run.window_audio(0) as path:
        return path


def test_messages_of_a_deleted_recording_are_dropped(recordings, courier, run):
    recordings.delete(run.recording)
    assert outcomes(work_queues(recordings, courier, FakeEngine())) == {"gone": 1}


def test_lost_queues_are_made_anew_by_advance(recordings, courier, run):
    for _ in range(5):
        perform_next(recordings, courier, FakeEngine(windows=10))
        courier.client.flushdb()
        advance(recordings, courier, run)
    work_queues(recordings, courier, FakeEngine(windows=10))
    assert state_of(run.survey()) == "completed"


def test_a_step_does_not_queue_its_likes_again_that_may_just_have_ended(recordings, courier, run, monkeypatch):
    """Two personas at one window: the other's message has been forgotten between our look at the store and our put."""
    engine = FakeEngine(windows=1)
    for queue in ("prepare", "transcribe.first", "classify"):
        perform_next(recordings, courier, engine, [queue])
    look = Run.window_survey

    def look_and_let_the_other_end(self, numbers):
        survey = look(self, numbers)
        if len([step for step in survey.done if step.stage == "evaluate"]) == 1:
            monkeypatch.setattr(Run, "window_survey", look)
            perform_next(recordings, courier, engine, ["evaluate"])
        return survey

    monkeypatch.setattr(Run, "window_survey", look_and_let_the_other_end)
    assert set(outcomes(work_queues(recordings, courier, engine))) == {"done"}
