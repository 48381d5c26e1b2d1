from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from fake_engine import FakeEngine
from fake_judge import FakeJudge
from queue_worker import perform_next, work_queues
from redis_server import close_courier, open_test_courier
from samples import all_personas, results_of, upload, wanted

from soniclayer import log
from soniclayer.courier import changes
from soniclayer.domain.state import state_of
from soniclayer.domain.step import next_steps
from soniclayer.errors import Conflict, RecordingGone, RecordingMissing
from soniclayer.jobs import steer
from soniclayer.jobs.reconcile import reconcile
from soniclayer.storage.recordings import Recordings
from soniclayer.storage.run import Run


@pytest.fixture
def run(recordings, courier):
    """Of a recording that was just uploaded."""
    return recordings.run(upload(recordings, courier).recording)


def state(run):
    return state_of(run.survey())


def finish(recordings, courier, **deaths):
    engine = FakeEngine(deaths={name.replace("_", "."): count for name, count in deaths.items()})
    work_queues(recordings, courier, engine)
    return engine


def persona(name):
    return next(one for one in all_personas() if one.name == name)


def test_a_cancelled_recording_is_not_evaluated(recordings, courier, run):
    for _ in range(3):
        perform_next(recordings, courier, FakeEngine())
    before = run.survey().done
    steer.cancel(recordings, courier, run.recording.audio_id)
    steer.cancel(recordings, courier, run.recording.audio_id)
    finish(recordings, courier)
    assert (state(run), run.survey().done) == ("cancelled", before)
    assert courier.index.get(run.recording.audio_id).state == "cancelled"
    assert recordings.open_ids() == []


def test_an_ended_recording_cannot_be_cancelled(recordings, courier, run):
    finish(recordings, courier)
    with pytest.raises(Conflict) as told:
        steer.cancel(recordings, courier, run.recording.audio_id)
    assert told.value.code == "already_ended"
    assert state(run) == "completed"


def test_a_cancelled_recording_goes_on_where_it_was(recordings, courier, run):
    engine = FakeEngine()
    for _ in range(3):
        perform_next(recordings, courier, engine)
    steer.cancel(recordings, courier, run.recording.audio_id)
    work_queues(recordings, courier, engine)
    steer.retry(recordings, courier, run.recording.audio_id)
    work_queues(recordings, courier, engine)
    assert state(run) == "completed"
    assert len(engine.calls) == len(set(engine.calls))


def test_retry_tries_what_was_given_up_three_times_more(recordings, courier, run):
    finish(recordings, courier, transcribe_1=3)
    assert state(run) == "completed_with_errors"
    steer.retry(recordings, courier, run.recording.audio_id)
    assert state(run) == "processing"
    assert courier.index.get(run.recording.audio_id).state == "processing"
    finish(recordings, courier, transcribe_1=2)
    assert state(run) == "completed"


def test_there_is_nothing_to_retry_where_nothing_was_given_up(recordings, courier, run):
    for _ in range(2):
        with pytest.raises(Conflict) as told:
            steer.retry(recordings, courier, run.recording.audio_id)
        assert told.value.code == "nothing_to_retry"
        finish(recordings, courier)


def test_delete_leaves_nothing_in_the_store_and_nothing_in_the_list(store, recordings, courier, run):
    finish(recordings, courier)
    steer.delete(recordings, courier, run.recording.audio_id)
    assert store.list("") == []
    assert courier.index.ids() == set()
    assert courier.progress.read(run.recording) is None
    assert courier.events.after("0-0")[-1].kind == "deleted"
    with pytest.raises(RecordingMissing):
        steer.delete(recordings, courier, run.recording.audio_id)


def test_a_step_that_runs_while_its_recording_is_deleted_brings_nothing_back(store, recordings, courier, run):
    class Deleting(FakeEngine):
        def transcribe(self, audio, window):
            steer.delete(recordings, courier, run.recording.audio_id)
            return super().transcribe(audio, window)

    work_queues(recordings, courier, Deleting())
    assert store.list("") == []
    assert courier.index.ids() == set()
    assert courier.events.after("0-0")[-1].kind == "deleted"


def test_a_deletion_between_a_state_and_its_telling_leaves_no_line(recordings, courier, run, monkeypatch):
    put = courier.index.put

    def overtaken(line):
        monkeypatch.undo()
        steer.delete(recordings, courier, run.recording.audio_id)
        put(line)

    monkeypatch.setattr(courier.index, "put", overtaken)
    finish(recordings, courier)
    assert courier.index.ids() == set()


def test_a_line_of_the_same_bytes_uploaded_again_outlives_the_deletion(recordings, courier, run, monkeypatch):
    delete = Recordings.delete

    def overtaken(self, recording):
        delete(self, recording)
        upload(recordings, courier)

    monkeypatch.setattr(Recordings, "delete", overtaken)
    steer.delete(recordings, courier, run.recording.audio_id)
    again = recordings.get(run.recording.audio_id)
    assert courier.index.get(again.audio_id).run == again.run
    finish(recordings, courier)
    assert state(recordings.run(again)) == "completed"


def test_an_edited_persona_is_evaluated_again_and_nothing_else_is_done(recordings, courier, run):
    finish(recordings, courier)
    edited = replace(persona("gen_z"), preferred_topics=("Food",), disliked_topics=())
    before = run.summary().personas
    assert steer.re_evaluate(recordings, courier, run.recording.audio_id, [edited, persona("parent")])
    assert state(run) == "processing"
    engine = finish(recordings, courier)
    assert engine.calls == []
    gen_z, parent = run.summary().personas
    assert (gen_z.mean_score != before[0].mean_score, parent) == (True, before[1])
    assert courier.index.get(run.recording.audio_id).state == "completed"


def test_progress_starts_again_with_another_persona(recordings, courier, run):
    finish(recordings, courier)
    assert courier.progress.read(run.recording).done_s == 60.0
    steer.re_evaluate(recordings, courier, run.recording.audio_id, [persona("tradie")])
    assert courier.progress.read(run.recording).done_s == 0.0
    finish(recordings, courier)
    assert courier.progress.read(run.recording).done_s == 60.0


def editions(run):
    return {one.name: one.edition for one in run.wanted().personas}


def ask(recordings, courier, run, *personas, only=None):
    """Evaluate again; with the personas there are, or with others."""
    now = personas or (persona("gen_z"), persona("parent"))
    return steer.re_evaluate(recordings, courier, run.recording.audio_id, now, only=only)


def test_the_same_personas_again_are_asked_anew(recordings, courier, run):
    """Their flows, or the model behind them, may be others now."""
    finish(recordings, courier)
    for edition in (1, 2):
        assert ask(recordings, courier, run)
        assert state(run) == "processing"
        judge = FakeJudge()
        work_queues(recordings, courier, FakeEngine(), judge=judge)
        assert len(judge.asked) == 6
        assert editions(run) == {"gen_z": edition, "parent": edition}
        assert state(run) == "completed"


def test_while_they_are_asked_the_same_again_changes_nothing(recordings, courier, run):
    assert not ask(recordings, courier, run)  # just uploaded
    finish(recordings, courier)
    assert ask(recordings, courier, run)
    while state(run) == "processing" and "summarise" not in {one.stage for one in next_steps(run.survey())}:
        assert not ask(recordings, courier, run)
        perform_next(recordings, courier, FakeEngine())
    finish(recordings, courier)
    assert state(run) == "completed"


def test_one_persona_can_be_asked_anew_while_another_is_asked(recordings, courier, run):
    finish(recordings, courier)
    assert ask(recordings, courier, run, only="gen_z")
    assert not ask(recordings, courier, run, only="gen_z")
    assert ask(recordings, courier, run, only="parent")
    assert editions(run) == {"gen_z": 1, "parent": 2}
    finish(recordings, courier)
    assert state(run) == "completed"


def test_one_that_was_edited_while_it_is_asked_is_asked_as_it_is_now(recordings, courier, run):
    finish(recordings, courier)
    assert ask(recordings, courier, run)
    edited = (replace(persona("gen_z"), title="Another"), persona("parent"))
    assert ask(recordings, courier, run, *edited)
    assert [one.title for one in run.wanted().personas] == ["Another", persona("parent").title]
    finish(recordings, courier)
    assert state(run) == "completed"


def test_a_persona_that_was_dropped_and_comes_back_is_asked_anew(recordings, courier, run):
    finish(recordings, courier)
    for names in (("tradie",), ("gen_z", "parent")):
        ask(recordings, courier, run, *map(persona, names))
        judge = FakeJudge()
        work_queues(recordings, courier, FakeEngine(), judge=judge)
        assert len(judge.asked) == 3 * len(names)
    assert [one.source for report in run.segments().segments for one in report.evaluations] == ["langflow"] * 6


def test_a_recording_that_has_failed_has_nothing_to_ask_about(recordings, courier, run):
    finish(recordings, courier, prepare=3)
    assert state(run) == "failed"
    assert not ask(recordings, courier, run)


@pytest.fixture
def _patient(monkeypatch):
    """However busy the machine is, who changes a recording is not taken for dead."""
    monkeypatch.setattr(changes, "ALONE_S", 60.0)


@pytest.mark.parametrize("only", [(None, None), ("gen_z", "gen_z"), ("gen_z", "parent"), (None, "parent")])
@pytest.mark.usefixtures("_patient")
def test_of_two_calls_at_once_none_is_lost(recordings, courier, run, redis_url, only):
    finish(recordings, courier)
    other = open_test_courier(redis_url)
    both, told = threading.Barrier(2), []

    def call(connection, name):
        both.wait()
        told.append(ask(recordings, connection, run, only=name))

    threads = [threading.Thread(target=call, args=one) for one in zip((courier, other), only, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    finish(recordings, courier)
    close_courier(other)
    assert (state(run), run.survey().provisional) == ("completed", {})
    assert editions(run)["gen_z"] >= 1
    assert editions(run)["parent"] >= (1 if {None, "parent"} & set(only) else 0)
    assert any(told)


@pytest.mark.usefixtures("_patient")
def test_the_calls_of_two_wait_for_each_other(recordings, courier, run, monkeypatch):
    """Both have seen what was wanted before; the later one builds on what the earlier has left."""
    finish(recordings, courier)
    want, calls = Run.want, []

    def overtaken(self, wanted):
        if not calls:
            calls.append(threading.Thread(target=ask, args=(recordings, courier, run), kwargs={"only": "parent"}))
            calls[0].start()
        want(self, wanted)

    monkeypatch.setattr(Run, "want", overtaken)
    assert ask(recordings, courier, run, only="gen_z")
    calls[0].join()
    assert editions(run) == {"gen_z": 1, "parent": 2}


def test_one_persona_takes_the_place_of_its_older_self_or_is_added(recordings, courier, run):
    finish(recordings, courier)
    edited = replace(persona("parent"), title="Another")
    now = [replace(persona("gen_z"), title="Not asked for"), edited, persona("tradie")]
    assert steer.re_evaluate(recordings, courier, run.recording.audio_id, now, only="parent")
    assert run.wanted().personas == (persona("gen_z"), replace(edited, edition=1))
    assert steer.re_evaluate(recordings, courier, run.recording.audio_id, now, only="tradie")
    assert [one.name for one in run.wanted().personas] == ["gen_z", "parent", "tradie"]
    assert not steer.re_evaluate(recordings, courier, run.recording.audio_id, now, only="tradie")
    finish(recordings, courier)
    assert [one.persona for one in run.summary().personas] == ["gen_z", "parent", "tradie"]


def test_an_evaluation_that_was_given_up_is_tried_again_with_the_new_persona(recordings, courier, run, monkeypatch):
    fail = Run.create

    def fail_one(self, name, value):
        if "evaluations/gen_z" in name:
            raise IndexError("a bug")
        return fail(self, name, value)

    monkeypatch.setattr(Run, "create", fail_one)
    finish(recordings, courier)
    monkeypatch.undo()
    assert state(run) == "completed_with_errors"
    assert steer.re_evaluate(recordings, courier, run.recording.audio_id, run.wanted().personas, only="gen_z")
    finish(recordings, courier)
    assert state(run) == "completed"


def test_a_cancelled_recording_is_not_re_evaluated(recordings, courier, run):
    steer.cancel(recordings, courier, run.recording.audio_id)
    with pytest.raises(Conflict) as told:
        steer.re_evaluate(recordings, courier, run.recording.audio_id, [persona("tradie")])
    assert told.value.code == "cancelled"
    assert run.wanted() == wanted("gen_z", "parent")


@pytest.mark.parametrize(
    "act",
    [
        steer.cancel,
        lambda *where: steer.re_evaluate(*where, [persona("tradie")]),
    ],
    ids=["cancel", "re_evaluate"],
)
def test_a_recording_that_is_deleted_meanwhile_is_missing(recordings, courier, run, monkeypatch, act):
    def overtaken(self):
        monkeypatch.undo()
        survey = self.survey()
        steer.delete(recordings, courier, run.recording.audio_id)
        return survey

    monkeypatch.setattr(Run, "survey", overtaken)
    with pytest.raises(RecordingMissing):
        act(recordings, courier, run.recording.audio_id)
    assert recordings.ids() == []
    with pytest.raises(RecordingGone):
        run.check_alive()


def test_with_redis_away_everything_is_done_in_the_store_and_told_later(store, recordings, courier, away):
    one, two, three, four = (recordings.run(upload(recordings, courier, b"%d" % n).recording) for n in range(4))
    finish(recordings, courier, transcribe_1=4 * 3)
    steer.retry(recordings, away, one.recording.audio_id)
    steer.re_evaluate(recordings, away, two.recording.audio_id, [persona("tradie")])
    steer.delete(recordings, away, three.recording.audio_id)
    steer.retry(recordings, courier, four.recording.audio_id)
    steer.cancel(recordings, away, four.recording.audio_id)
    assert (state(one), state(two), state(four)) == ("processing", "processing", "cancelled")
    assert not store.list(three.recording.audio_id)
    reconcile(recordings, courier)
    finish(recordings, courier)
    lines = {audio_id: courier.index.get(audio_id).state for audio_id in courier.index.ids()}
    assert lines == {
        one.recording.audio_id: "completed",
        two.recording.audio_id: "completed_with_errors",
        four.recording.audio_id: "cancelled",
    }
    assert not store.list("open")


def test_the_request_goes_with_what_it_queued(recordings, courier, run):
    steer.cancel(recordings, courier, run.recording.audio_id)
    finish(recordings, courier)
    token = log.request_id.set("r-2")
    steer.retry(recordings, courier, run.recording.audio_id)
    log.request_id.reset(token)
    (message, _), *_ = work_queues(recordings, courier, FakeEngine())
    assert message.request_id == "r-2"


def test_uploaded_again_after_a_deletion_the_results_are_those_of_an_undisturbed_run(store, recordings, courier, run):
    finish(recordings, courier)
    calm = results_of(store)
    for _ in range(3):
        perform_next(recordings, courier, FakeEngine())
    steer.delete(recordings, courier, run.recording.audio_id)
    upload(recordings, courier)
    finish(recordings, courier)
    assert results_of(store) == calm


def first_before_forgetting(monkeypatch, courier, act):
    """Have `act` happen just before the next message is forgotten: its step has ended, and its letter is still out."""
    forget = courier.queue.forget

    def act_and_forget(message):
        monkeypatch.setattr(courier.queue, "forget", forget)
        act()
        forget(message)

    monkeypatch.setattr(courier.queue, "forget", act_and_forget)


def test_a_step_that_is_dropped_as_cancelled_and_wanted_again_meanwhile_is_queued(
    recordings, courier, run, monkeypatch
):
    perform_next(recordings, courier, FakeEngine())
    steer.cancel(recordings, courier, run.recording.audio_id)
    first_before_forgetting(monkeypatch, courier, lambda: steer.retry(recordings, courier, run.recording.audio_id))
    message, performed = perform_next(recordings, courier, FakeEngine())
    assert performed.outcome == "gone"
    finish(recordings, courier)
    assert message.step in run.survey().done
    assert state(run) == "completed"


def test_a_step_that_is_given_up_and_retried_meanwhile_is_queued(recordings, courier, run, monkeypatch):
    engine = FakeEngine(deaths={"transcribe.0": 3})
    while engine.calls.count("transcribe.0") < 2:
        perform_next(recordings, courier, engine, ["prepare", "transcribe.first"])
    while courier.queue.depths()[1].waiting:  # the other first window
        perform_next(recordings, courier, engine, ["transcribe.first"])
    first_before_forgetting(monkeypatch, courier, lambda: steer.retry(recordings, courier, run.recording.audio_id))
    _, performed = perform_next(recordings, courier, engine, ["transcribe.first"])
    assert performed.outcome == "given_up"
    finish(recordings, courier)
    assert state(run) == "completed"


def test_a_retry_while_redis_is_away_counts_attempts_anew_all_the_same(recordings, courier, away, run):
    finish(recordings, courier, transcribe_1=3)
    assert state(run) == "completed_with_errors"
    steer.retry(recordings, away, run.recording.audio_id)
    reconcile(recordings, courier)
    finish(recordings, courier, transcribe_1=2)
    assert state(run) == "completed"


def test_nothing_is_left_in_redis_of_a_step_that_was_given_up(recordings, courier, run):
    finish(recordings, courier, transcribe_1=3)
    left = {key.split(":")[1] for key in courier.client.keys("soniclayer:*")}
    assert left <= {"progress", "index", "events"}
