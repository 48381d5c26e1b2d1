from __future__ import annotations

import signal
import sys
import time
from collections import Counter

import pytest
from samples import DATA, ROOT, results_of
from worker_place import wait_until

from soniclayer.courier.message import QUEUES

STEPS_OF_THREE_WINDOWS = 1 + 3 * (1 + 1 + 2) + 1


def steps_done(*workers):
    """What each log tells of steps that were done: recording, stage, window, persona."""
    lines = "".join(worker.log for worker in workers).splitlines()
    return [line.split(" recording=")[1].rsplit(" worker=")[0] for line in lines if "step done" in line]


def test_a_recording_is_worked_off_by_a_worker_step_by_step_once(place):
    worker = place.worker()
    run = place.take_in()
    assert place.wait_ended(run) == ["completed"], worker.log
    wait_until(lambda: worker.log.count("step done") == STEPS_OF_THREE_WINDOWS)
    wait_until(lambda: not any(depth.waiting + depth.running for depth in place.courier.queue.depths()))
    for key in ("worker=worker-1", f"recording={run.recording.audio_id}", "stage=summarise", "duration_s="):
        assert key in worker.log


def test_a_worker_is_ready_when_its_engine_has_warmed_up_and_not_before(place):
    worker = place.worker(engine={"deeds": {"warm_up": "wait_for_a_sign"}}, ready=False)
    wait_until(lambda: "warm_up" in place.calls())
    run = place.take_in()
    wait_until(lambda: worker.notices.count("STATUS=loading models"))
    assert worker.notices.count("EXTEND_TIMEOUT_USEC=")
    assert not worker.notices.count("READY=1")
    assert not place.courier.workers.alive()[0].ready
    (place.folder / "engine.log.sign").touch()
    worker.wait_ready()
    assert worker.notices.count("READY=1") == 1
    assert place.wait_ended(run) == ["completed"]


def test_a_worker_tells_what_it_does(place):
    worker = place.worker("--name", "left", engine={"deeds": {"transcribe.1": "wait_for_a_sign"}})
    run = place.take_in()
    audio_id = run.recording.audio_id
    told = f"STATUS=transcribe.0001 of {audio_id[:8]} (33 %) for "
    wait_until(lambda: worker.notices.count(told), words="one of three windows done, and the second in hand")
    report = wait_until(
        lambda: next((one for one in place.courier.workers.alive() if does(one, "transcribe.0001")), None)
    )
    assert (report.name, report.pid, report.ready, report.queues) == ("left", worker.process.pid, True, QUEUES)
    assert (report.doing[0].audio_id, report.doing[0].step) == (audio_id, "transcribe.0001")
    assert report.child_pid == worker.child_pid()
    assert report.child_memory_bytes > 2**20


@pytest.mark.parametrize(("landlock", "told"), [(0, 1), (1, 0)])
def test_a_worker_says_what_confinement_its_engine_goes_without(place, landlock, told):
    log = place.worker(landlock=landlock).log
    assert log.count("engine is not fully confined") == told, log


def does(report, step):
    """Whether it is the first in hand; the report before may still tell of others."""
    return bool(report.doing) and report.doing[0].step == step


def test_redis_knows_that_a_worker_is_ready_before_systemd_does(place):
    for _ in range(3):
        place.worker()
        assert all(report.ready for report in place.courier.workers.alive())


def test_a_worker_does_not_wait_for_redis_for_ever_before_it_says_that_it_is_ready(own_place, own_redis):
    own_redis.stop()
    worker = own_place.worker(redis_wait_s=0.3)
    wait_until(lambda: worker.notices.count("STATUS=Redis is away"))
    own_redis.start()
    assert own_place.wait_ended(own_place.take_in()) == ["completed"]


def test_a_worker_waits_for_redis_and_says_so(own_place, own_redis):
    own_redis.stop()
    worker = own_place.worker(ready=False)
    wait_until(lambda: worker.notices.count("STATUS=waiting for Redis"))
    wait_until(lambda: "engine ready" in worker.log)
    assert worker.log.count("Redis is away") == 1
    assert not worker.notices.count("READY=1")
    own_redis.start()
    worker.wait_ready()
    assert own_place.wait_ended(own_place.take_in()) == ["completed"]


@pytest.mark.parametrize("thread", ["step", "keeper", "consumer"])
def test_the_watchdog_hears_nothing_more_when_a_thread_hangs(place, thread):
    deeds = {"transcribe.0": "wait_for_a_sign"} if thread == "keeper" else {}
    worker = place.worker(env={"WATCHDOG_USEC": "100000"}, engine={"deeds": deeds}, hang=thread, beat_s=3.0)
    place.take_in()
    wait_until(lambda: " hangs " in worker.log)
    told = len(worker.notices.said)
    assert worker.notices.count("WATCHDOG=1") > 3
    if thread != "consumer":  # what a worker does for how long is told every second
        wait_until(lambda: len(worker.notices.said) > told + 3)
    assert not [words for _, words in worker.notices.said[told:] if words == "WATCHDOG=1"]


def test_the_watchdog_hears_of_a_worker_that_works_on_a_long_step(place):
    worker = place.worker(
        env={"WATCHDOG_USEC": "100000"}, beat_s=3.0, engine={"deeds": {"transcribe.0": "wait_for_a_sign"}}
    )
    place.take_in()
    wait_until(lambda: "transcribe.0" in place.calls())
    beats = worker.notices.count("WATCHDOG=1")
    wait_until(lambda: worker.notices.count("WATCHDOG=1") > beats + 100)  # for 5 s
    assert "hangs" not in worker.log


def test_a_worker_for_light_queues_alone_needs_no_engine(place):
    place.worker(engine={"deeds": {"warm_up": "miss_a_model"}}, ready=False).wait(30)
    light = place.worker("--queues", "evaluate", engine={"deeds": {"warm_up": "miss_a_model"}})
    run = place.take_in()
    place.worker("--queues", "classify,transcribe.first,prepare,transcribe")
    assert place.wait_ended(run) == ["completed"]
    wait_until(lambda: light.log.count("stage=evaluate") >= 6)  # a step is told of just after it is done
    assert light.log.count("stage=evaluate") == 6
    assert "stage=transcribe" not in light.log


def test_a_missing_model_ends_a_worker_with_code_2_and_one_line(place):
    worker = place.worker(engine={"deeds": {"warm_up": "miss_a_model"}}, ready=False)
    assert worker.wait() == 2
    assert worker.log.splitlines()[-1] == "soniclayer: model fake is not there: run `soniclayer models fetch fake`"
    assert not worker.notices.count("READY=1")


def test_an_engine_that_does_not_come_up_ends_a_worker_with_code_1(place):
    worker = place.worker(engine={"deeds": {"warm_up": "abort"}}, ready=False)
    assert worker.wait() == 1
    assert "signal 6" in worker.log.splitlines()[-1]


def test_a_queue_that_there_is_not_is_refused(place):
    worker = place.worker("--queues", "evaluate,sing", ready=False)
    assert worker.wait() == 2
    assert "sing: need some of classify, " in worker.log


def test_an_idle_engine_is_ended_and_comes_back_for_the_next_recording(place):
    worker = place.worker(env={"SONICLAYER_ENGINE_IDLE_S": "3"})
    wait_until(lambda: worker.child_pid() is None)
    assert place.wait_ended(place.take_in()) == ["completed"]
    assert place.calls().count("warm_up") == 2


def test_two_workers_do_no_step_twice(place):
    workers = [place.worker(engine={"windows": 12, "step_s": 0.02}) for _ in range(2)]
    runs = [place.take_in(data) for data in (b"one", b"two", b"three")]
    assert place.wait_ended(*runs) == ["completed"] * 3
    wait_until(lambda: len(steps_done(*workers)) >= 3 * (1 + 12 * (1 + 1 + 2) + 1))
    wait_until(lambda: not any(depth.waiting + depth.running for depth in place.courier.queue.depths()), 60)
    assert max(Counter(steps_done(*workers)).values()) == 1
    calls = [f"{stage}.{window}" for stage in ("transcribe", "classify") for window in range(12)]
    assert {place.calls().count(call) for call in calls} == {3}
    assert all(worker.log.count("stage=transcribe") > 3 for worker in workers)


@pytest.mark.slow
def test_a_worker_that_is_busy_for_long_is_not_taken_for_dead(place):
    place.worker(engine={"deeds": {"transcribe.1": "wait_for_a_sign"}}, patience_s=4.0)
    run = place.take_in()
    wait_until(lambda: "transcribe.1" in place.calls())
    other = place.worker(patience_s=4.0)
    end_s = time.monotonic() + 5
    wait_until(lambda: time.monotonic() > end_s)
    assert "window=1" not in other.log
    assert {depth.queue: depth.running for depth in place.courier.queue.depths()}["transcribe.first"] == 1
    (place.folder / "engine.log.sign").touch()
    assert place.wait_ended(run) == ["completed"]
    assert place.calls().count("transcribe.1") == 1


def test_slow_evaluations_hold_up_no_transcription(place):
    worker = place.worker(
        env={"SONICLAYER_WORKER_EVALUATORS": "2"}, engine={"windows": 6, "step_s": 0.05}, evaluate_s=20.0
    )
    run = place.take_in()
    wait_until(lambda: place.calls("end").count("classify.5"), 15)
    assert "stage=evaluate" not in worker.log.replace("actors.evaluate", "")
    assert run.survey().planned == 6


def test_one_worker_transcribes_while_it_prepares(place):
    place.worker(engine={"windows": 30, "step_s": 0.02})
    place.take_in()
    wait_until(lambda: "transcribe.0" in place.calls())
    calls = place.calls()
    assert calls[: calls.index("transcribe.0")].count("goon") < 5


@pytest.mark.models
def test_the_real_engine_is_warm_before_ready_and_its_results_are_those_of_analyze(place, models):
    settings = {
        "SONICLAYER_MODELS_DIR": str(models),
        "SONICLAYER_WHISPER_MODEL": "whisper-tiny.en",
        "PYTHONPATH": str(ROOT),
    }
    worker = place.start([sys.executable, "-m", "soniclayer", "worker"], settings, ready=False)
    worker.wait_ready(120)
    assert "engine ready" in worker.log
    run = place.take_in((DATA / "jfk.flac").read_bytes())
    assert place.wait_ended(run, seconds=120) == ["completed"], worker.log
    assert "ask not what your country" in run.segments().segments[0].segment.text.lower()
    assert len(results_of(place.store)) >= 7
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
