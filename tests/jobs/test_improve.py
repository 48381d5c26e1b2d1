"""Provisional evaluations: a recording completes with them, and they are made better when Langflow answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from fake_engine import FakeEngine
from fake_judge import FakeJudge, opinion_of
from queue_worker import perform_next, work_queues
from samples import upload, wanted

from soniclayer.courier.message import AGAIN, StepMessage
from soniclayer.domain.state import state_of
from soniclayer.domain.step import Step, Tries
from soniclayer.jobs import improve, steer
from soniclayer.jobs import reconcile as reconciling
from soniclayer.jobs.evaluate import MOST_SILENT, MOST_TRIES
from soniclayer.jobs.reading import segments_so_far, segments_version, window_so_far
from soniclayer.jobs.reconcile import reconcile
from soniclayer.jobs.so_far import result_so_far
from soniclayer.storage.run import Run


class TwoSegments(FakeEngine):
    """Hears two segments in each window."""

    def transcribe(self, audio, window):
        heard = super().transcribe(audio, window)
        (first,) = heard.segments
        second = replace(first, segment_id=f"{window.number:04d}.01", start_s=first.end_s, end_s=first.end_s + 1)
        return replace(heard, segments=(first, second))


@pytest.fixture
def run(recordings, courier):
    """Of a recording that was just uploaded."""
    return recordings.run(upload(recordings, courier).recording)


@pytest.fixture
def work(recordings, courier):
    """Do all there is to do, with a judge."""

    def work_with(judge=None, windows=3, engine=None):
        return work_queues(recordings, courier, engine or TwoSegments(windows), judge=judge)

    return work_with


@pytest.fixture
def look_after(recordings, courier):
    """What happens every minute."""

    def once():
        assert reconcile(recordings, courier).faults == ()

    return once


def sources(run):
    return Counter(one.source for segment in segments_so_far(run).segments for one in segment.evaluations)


def waiting(courier):
    return {depth.queue: depth.waiting for depth in courier.queue.depths()}[AGAIN]


def states_told(courier):
    return [event.data["state"] for event in courier.events.after("0-0") if event.kind == "state"]


def stored(run, step):
    """What there is of an evaluation, as its files tell."""
    names = (name.split("/")[-1] for name in run._present(f"windows/{step.window:04d}/evaluations"))
    return sorted(name.split(".", 2)[2] for name in names if name.startswith(step.persona))


def breaker(courier, flow, state):
    """As it is after failures."""
    key = f"soniclayer:breaker:{flow}"
    now_ms = round(courier.client.time()[0] * 1000)
    courier.client.hset(key, mapping={"failures": 5, "until": now_ms + (20_000 if state == "open" else -1)})
    assert courier.breakers.state(flow) == state


def test_a_recording_completes_while_langflow_is_silent_and_stays_open(recordings, courier, run, work):
    work(FakeJudge("silent"))
    assert state_of(run.survey()) == "completed"
    assert courier.index.get(run.recording.audio_id).state == "completed"
    assert sources(run) == {"rules": 12}
    assert all(one.provisional for segment in run.segments().segments for one in segment.evaluations)
    assert recordings.open_ids() == [run.recording.audio_id]


def test_all_becomes_better_when_langflow_is_back_and_the_summary_is_made_anew_once(
    recordings, courier, run, work, look_after
):
    work(FakeJudge("silent"), windows=20)
    means = [one.mean_score for one in run.summary().personas]
    look_after()
    done = work(FakeJudge("answers"), windows=20)
    assert Counter(message.step.stage for message, _ in done) == {"evaluate": 40, "summarise": 1}
    assert {message.queue for message, _ in done if message.step.stage == "evaluate"} == {AGAIN}
    assert run.survey().provisional == {}
    assert state_of(run.survey()) == "completed"
    assert [one.mean_score for one in run.summary().personas] != means
    assert recordings.open_ids() == []


def test_what_became_better_is_what_was_said_of_that_very_segment(run, work, look_after):
    work(FakeJudge("silent"), windows=12)
    look_after()
    work(FakeJudge("answers", "half", "silent", "answers"), windows=12)
    for _ in range(MOST_TRIES):
        look_after()
        work(FakeJudge("answers"), windows=12)
    personas = {persona.name: persona for persona in run.wanted().personas}
    for segment in run.segments().segments:
        for one in segment.evaluations:
            said = opinion_of(personas[one.persona], segment.segment.segment_id)
            assert (one.rationale, one.score, one.provisional) == (said.rationale, said.score, False)


def test_the_state_stays_completed_all_along(recordings, courier, run, work, look_after):
    work(FakeJudge("silent"))
    before = states_told(courier)
    look_after()
    judge = FakeJudge("answers")
    while perform_next(recordings, courier, TwoSegments(), judge=judge):
        assert state_of(run.survey()) == "completed"
        assert courier.index.get(run.recording.audio_id).state == "completed"
    assert states_told(courier) == [*before, "completed"]  # once more: there is a new summary to read


def test_what_is_silent_again_is_not_put_in_again_at_once(courier, run, work, look_after):
    work(FakeJudge("silent"), windows=2)
    judge = FakeJudge("silent")
    for times in (1, 2):
        look_after()
        assert waiting(courier) == 4
        work(judge)
        assert len(judge.asked) == 4 * times
    assert set(run.survey().provisional.values()) == {Tries()}


def test_the_third_answer_that_makes_no_sense_is_the_last_one_asked_for(recordings, run, work, look_after):
    judge = FakeJudge("nonsense")
    work(judge)
    for _ in range(5):
        look_after()
        work(judge)
    assert set(Counter(judge.asked).values()) == {MOST_TRIES}
    step = Step(run.recording.audio_id, "evaluate", 1, "gen_z")
    assert stored(run, step) == ["json", "provisional.1.0.json", "provisional.2.0.json"]
    assert sources(run) == {"rules": 12}
    assert not any(one.provisional for segment in run.segments().segments for one in segment.evaluations)
    assert recordings.open_ids() == []


def test_silence_is_no_try(run, work, look_after):
    work(FakeJudge("nonsense"))
    for _ in range(MOST_TRIES):
        look_after()
        work(FakeJudge("silent"))
    assert set(run.survey().provisional.values()) == {Tries(answered=1)}


def test_a_try_that_brings_less_takes_nothing_away(run, work, look_after):
    work(FakeJudge("half"))
    assert sources(run) == {"langflow": 6, "rules": 6}
    for _ in range(MOST_TRIES):
        look_after()
        work(FakeJudge("nonsense"))
        assert sources(run) == {"langflow": 6, "rules": 6}
    assert run.survey().provisional == {}


def test_a_worker_without_langflow_keeps_what_there_is(recordings, run, work, look_after):
    work(FakeJudge("half"))
    look_after()
    work(judge=None)
    assert sources(run) == {"langflow": 6, "rules": 6}
    assert run.survey().provisional == {}
    assert recordings.open_ids() == []


def test_nothing_is_asked_of_a_flow_whose_breaker_is_open(courier, run, work, look_after):
    work(FakeJudge("silent"))
    breaker(courier, "soniclayer_gen_z", "open")
    look_after()
    done = work(FakeJudge("answers"))
    assert {message.step.persona for message, _ in done} == {"parent"}
    assert {step.persona for step in run.survey().provisional} == {"gen_z"}


def test_one_step_of_all_recordings_is_the_probe_of_a_half_open_breaker(recordings, courier, run, work, look_after):
    upload(recordings, courier, b"another", what=wanted("gen_z"))
    work(FakeJudge("silent"))
    breaker(courier, "soniclayer_gen_z", "half_open")
    breaker(courier, "soniclayer_parent", "open")
    look_after()
    assert waiting(courier) == 1


def test_after_a_long_outage_redis_is_not_filled(courier, run, work, look_after, monkeypatch):
    monkeypatch.setattr(improve, "MOST_QUEUED", 3)
    work(FakeJudge("silent"), windows=1)
    courier.queue.put_off(StepMessage("r" * 16, Step("b" * 64, "prepare")), 500)
    courier.queue.put(StepMessage("r" * 16, Step("b" * 64, "evaluate", 0, "gen_z"), again=True))
    look_after()
    assert waiting(courier) == 1 + 1
    look_after()
    assert waiting(courier) == 1 + 1


def test_of_many_recordings_with_something_provisional_each_look_takes_some(
    recordings, courier, run, work, monkeypatch
):
    monkeypatch.setattr(reconciling, "MOST_ENDED", 1)
    for data in (b"1", b"2", b"3"):
        upload(recordings, courier, data)
    work(FakeJudge("silent"), windows=1)
    new = upload(recordings, courier, b"new").recording
    courier.client.flushdb()
    reconcile(recordings, courier)
    assert courier.index.get(new.audio_id).state == "accepted"
    for queue in ("prepare", AGAIN):
        courier.broker.flush(queue)
    courier.client.delete(*courier.client.keys("soniclayer:queued:*"))
    found = reconcile(recordings, courier)
    assert found.opened == 1 + 1
    assert waiting(courier) == 2
    assert {depth.queue: depth.waiting for depth in courier.queue.depths()}["prepare"] == 1
    assert state_of(run.survey()) == "completed"


def test_progress_is_counted_once_and_who_listens_hears_of_each_window_that_got_better(courier, run, work, look_after):
    work(FakeJudge("silent"))
    last = courier.events.after("0-0")[-1].event_id
    progress = courier.progress.read(run.recording)
    look_after()
    work(FakeJudge("answers", "silent", "answers"))
    told = Counter(event.data.get("window") for event in courier.events.after(last) if event.kind == "window")
    assert sorted(told.values()) == [1, 2, 2]
    assert [event.kind for event in courier.events.after(last) if event.kind == "progress"] == []
    assert courier.progress.read(run.recording) == progress


def test_readers_see_each_evaluation_that_got_better_and_know_that_something_is_new(
    recordings, courier, run, work, look_after
):
    work(FakeJudge("silent"))
    versions, langflow = [segments_version(run)], [0]
    assert segments_version(run) == versions[0]
    look_after()
    judge = FakeJudge("answers")
    while performed := perform_next(recordings, courier, TwoSegments(), judge=judge):
        versions.append(segments_version(run))
        langflow.append(sources(run)["langflow"])
        seen = [one.source for segment in result_so_far(run).segments for one in segment.evaluations]
        assert seen.count("langflow") == langflow[-1]
        assert result_so_far(run).summary.duration_s == 60.0
        assert segments_so_far(run).complete
    assert performed is None
    assert langflow == [0, 2, 4, 6, 8, 10, 12, 12]
    assert len(set(versions)) == len(versions)


def test_readers_of_one_window_see_what_got_better_in_it_and_nothing_of_the_others(
    recordings, courier, run, work, look_after
):
    def of_each():
        surveys = {number: run.window_survey((number,)) for number in range(3)}
        return [window_so_far(run, survey, number) for number, survey in surveys.items()]

    work(FakeJudge("silent"))
    look_after()
    seen = of_each()
    while perform_next(recordings, courier, TwoSegments(), judge=FakeJudge("answers")):
        now = of_each()
        for before, after in zip(seen, now, strict=True):
            assert (before.version != after.version) is (before.segments != after.segments)
        seen = now
    assert [found.complete for found in seen] == [True] * 3
    assert sum((found.segments for found in seen), ()) == segments_so_far(run).segments
    assert {one.source for found in seen for segment in found.segments for one in segment.evaluations} == {"langflow"}


def test_a_busy_flow_is_asked_later_from_the_same_queue(courier, run, work, look_after):
    work(FakeJudge("silent"), windows=1)
    look_after()
    judge = FakeJudge("busy", "busy", "answers")
    done = []
    while len(done) < 5:
        done += work(judge, windows=1)
    assert Counter(performed.outcome for _, performed in done) == {"put_off": 2, "done": 3}
    assert Counter(message.queue for message, _ in done) == {AGAIN: 4, "evaluate": 1}
    assert (
        courier.attempts.count(StepMessage(run.recording.run, Step(run.recording.audio_id, "evaluate", 0, "gen_z")))
        == 1
    )
    assert run.survey().provisional == {}


def test_a_first_evaluation_of_a_busy_flow_is_put_off_and_not_done_by_the_rules(courier, run, work):
    judge = FakeJudge("busy", "answers")
    while state_of(run.survey()) != "completed":
        work(judge, windows=1)
    assert sources(run) == {"langflow": 4}


def test_a_stopped_judge_gives_the_message_back(recordings, courier, run, work, look_after):
    work(FakeJudge("silent"), windows=1)
    look_after()
    _, performed = perform_next(recordings, courier, TwoSegments(), judge=FakeJudge("stopped"))
    assert performed.outcome == "given_back"
    assert waiting(courier) == 2
    work(FakeJudge("answers"))
    assert run.survey().provisional == {}


def test_a_first_message_that_comes_twice_asks_once(recordings, courier, run, work):
    work(FakeJudge("silent"), windows=1)
    courier.queue.put(StepMessage(run.recording.run, Step(run.recording.audio_id, "evaluate", 0, "gen_z")))
    judge = FakeJudge("answers")
    ((_, performed),) = work(judge)
    assert (performed.outcome, judge.asked) == ("already_done", [])


def test_a_worker_that_dies_after_the_last_of_them_leaves_the_summary_to_the_next(
    recordings, courier, run, work, monkeypatch
):
    work(FakeJudge("silent"), windows=1)
    reconcile(recordings, courier)

    def die(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("soniclayer.jobs.perform._pass_on", die)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            perform_next(recordings, courier, TwoSegments(), judge=FakeJudge("answers"))
    monkeypatch.undo()
    courier.client.flushdb()
    assert run.survey().provisional == {}
    assert state_of(run.survey()) == "completed"
    reconcile(recordings, courier)
    work(FakeJudge("answers"))
    assert run.survey().summarised
    assert recordings.open_ids() == []


def test_what_a_fault_of_our_own_keeps_from_becoming_better_is_final_as_it_is(
    recordings, run, work, look_after, monkeypatch
):
    work(FakeJudge("half"), windows=1)
    monkeypatch.setattr("soniclayer.jobs.run_step.evaluate_window", lambda *_: 1 / 0)
    look_after()
    done = work(FakeJudge("answers"))
    assert Counter(performed.outcome for _, performed in done) == {"died": 4, "given_up": 2, "done": 1}
    survey = run.survey()
    assert (state_of(survey), survey.provisional, survey.failed) == ("completed", {}, frozenset())
    assert not any(one.provisional for segment in run.segments().segments for one in segment.evaluations)
    assert recordings.open_ids() == []
    assert sources(run) == {"langflow": 2, "rules": 2}


def test_a_fault_in_the_judge_is_told_and_counts_as_an_answer_that_made_no_sense(run, work, look_after, caplog):
    judge = FakeJudge("breaks")
    work(judge)
    assert (state_of(run.survey()), sources(run)) == ("completed", {"rules": 12})
    assert set(run.survey().provisional.values()) == {Tries(answered=1)}
    (told, *_) = [record for record in caplog.records if record.message.startswith("fault in SonicLayer")]
    assert (told.levelname, told.exc_info[0]) == ("ERROR", ZeroDivisionError)
    for _ in range(MOST_TRIES - 1):
        look_after()
        work(judge)
    assert (state_of(run.survey()), run.survey().provisional, run.survey().failed) == ("completed", {}, frozenset())


class Choosy(FakeJudge):
    """Its model cannot stand some windows: of these it is silent, and it answers all others."""

    def __init__(self, *windows):
        super().__init__("answers")
        self.windows = {f"{window:04d}" for window in windows}

    def judge(self, persona, questions):
        self.script = ["refuses" if questions[0].segment_id[:4] in self.windows else "answers"]
        return super().judge(persona, questions)


def test_one_window_that_is_refused_each_time_holds_back_no_other(run, work, look_after):
    work(FakeJudge("silent"), windows=30)
    look_after()
    work(Choosy(0, 11))
    assert {step.window for step in run.survey().provisional} == {0, 11}


def test_what_is_refused_so_often_while_others_are_answered_is_final(recordings, run, work, look_after):
    work(FakeJudge("silent"))
    judge = Choosy(1)
    for _ in range(MOST_SILENT + 2):
        look_after()
        work(judge)
    assert {times for (_, _, ids), times in Counter(judge.asked).items() if ids[0] == "0001.00"} == {MOST_SILENT}
    assert run.survey().provisional == {}
    assert sources(run) == {"langflow": 8, "rules": 4}
    assert recordings.open_ids() == []


def test_in_an_outage_silence_is_never_the_last_word(run, work, look_after):
    work(FakeJudge("silent"), windows=1)
    for _ in range(MOST_SILENT + 2):
        look_after()
        work(FakeJudge("silent"))
    assert set(run.survey().provisional.values()) == {Tries()}


def test_nothing_is_let_in_by_what_a_flow_is_silent_of_whose_breaker_is_open(courier, run, work, look_after):
    work(FakeJudge("silent"), windows=20)
    look_after()
    for persona in ("gen_z", "parent"):
        breaker(courier, f"soniclayer_{persona}", "open")
    judge = FakeJudge("silent")
    work(judge)
    assert len(judge.asked) == 2 * 8


def test_a_part_that_was_answered_is_kept_when_the_rest_is_silent_again(run, work, look_after):
    work(FakeJudge("silent"), windows=1)
    judge = FakeJudge("cut")
    judge.answers = lambda _: True
    look_after()
    work(judge)
    assert sources(run) == {"langflow": 2, "rules": 2}


def test_the_probe_is_any_of_all_that_wait_in_any_recording(recordings, courier, run, work, look_after):
    another = upload(recordings, courier, b"another").recording
    work(FakeJudge("silent"), windows=9)
    for persona in ("gen_z", "parent"):
        breaker(courier, f"soniclayer_{persona}", "half_open")
    probes = set()
    for _ in range(100):
        look_after()
        found = [perform_next(recordings, courier, TwoSegments(), judge=FakeJudge("silent"))[0] for _ in range(2)]
        assert {message.step.persona for message in found} == {"gen_z", "parent"}
        assert waiting(courier) == 0
        probes |= {(message.step.audio_id, message.step.window) for message in found}
        if len(probes) > 9 and {window for _, window in probes} == set(range(9)):
            break
    assert {audio_id for audio_id, _ in probes} == {run.recording.audio_id, another.audio_id}
    assert {window for _, window in probes} == set(range(9))


@pytest.mark.parametrize("state", ["open", "half_open"])
def test_where_nobody_asks_a_langflow_any_more_no_breaker_counts(recordings, courier, run, work, state):
    work(FakeJudge("silent"), windows=9)
    for persona in ("gen_z", "parent"):
        breaker(courier, f"soniclayer_{persona}", state)
    reconcile(recordings, courier, asks=False)
    work(judge=None)
    assert (run.survey().provisional, recordings.open_ids()) == ({}, [])


def test_a_recording_with_something_provisional_whose_mark_was_lost_is_open_again(
    store, recordings, courier, run, work
):
    work(FakeJudge("silent"))
    for name in store.list("open"):
        store.delete(name)
    courier.client.flushdb()
    reconcile(recordings, courier)
    assert recordings.open_ids() == [run.recording.audio_id]
    work(FakeJudge("answers"))
    assert (sources(run), recordings.open_ids()) == ({"langflow": 12}, [])


def test_a_damaged_provisional_evaluation_is_made_good_by_an_answer(store, run, work, look_after):
    work(FakeJudge("nonsense"), windows=1)
    for name in [name for name in store.list(run.name_of("windows")) if ".provisional." in name]:
        store.replace(name, b"{")
    look_after()
    work(FakeJudge("answers"))
    assert (sources(run), run.survey().failed) == ({"langflow": 4}, frozenset())


def test_a_cancelled_recording_is_left_as_it_is(recordings, courier, run, work, look_after):
    judge = FakeJudge("silent")
    for _ in range(8):
        perform_next(recordings, courier, TwoSegments(), judge=judge)
    assert run.survey().provisional
    look_after()
    steer.cancel(recordings, courier, run.recording.audio_id)
    judge = FakeJudge("answers")
    work(judge)
    assert judge.asked == []
    assert recordings.open_ids() == []


def test_while_a_recording_is_worked_on_first_results_come_first(recordings, courier, run, look_after):
    judge = FakeJudge("silent")
    while len(run.survey().provisional) < 2:
        perform_next(recordings, courier, TwoSegments(), judge=judge)
    look_after()
    assert waiting(courier) == 2
    done = []
    while not [one for one, _ in done if one.again]:
        done.append(perform_next(recordings, courier, TwoSegments(), judge=FakeJudge("answers")))
    assert run.survey().summarised
    assert Run.survey(run).provisional


def test_an_older_persona_s_message_does_nothing_to_the_new_one(recordings, courier, run, work, look_after):
    work(FakeJudge("silent"), windows=1)
    look_after()
    steer.re_evaluate(recordings, courier, run.recording.audio_id, run.wanted().personas)
    assert waiting(courier) == 2
    judge = FakeJudge("answers")
    work(judge)
    assert [edition for _, edition, _ in judge.asked] == [1, 1]
    assert run.survey().provisional == {}
    assert state_of(run.survey()) == "completed"
