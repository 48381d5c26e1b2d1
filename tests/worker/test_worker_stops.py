from __future__ import annotations

import os
import signal

import pytest
from fake_engine import FakeEngine
from samples import results_of, take_in, wanted, work_off
from worker_place import wait_until

from soniclayer.storage.local import LocalStore


def test_a_worker_that_is_told_to_stop_finishes_its_window(place):
    worker = place.worker(engine={"deeds": {"transcribe.1": "wait_for_a_sign"}})
    run = place.take_in()
    wait_until(lambda: "transcribe.1" in place.calls())
    worker.signal(signal.SIGTERM)
    for words in ("STOPPING=1", "EXTEND_TIMEOUT_USEC=", "STATUS=stopping: "):
        wait_until(lambda words=words: worker.notices.count(words))
    assert "transcribe.0001 of " in [words for _, words in worker.notices.said if words.startswith("STATUS=")][-1]
    (place.folder / "engine.log.sign").touch()
    assert worker.wait() == 0
    assert "transcribe.0001" in {step.name for step in run.survey().done}
    assert "transcribe.2" not in place.calls()
    assert place.courier.workers.alive() == []


def test_a_sigterm_to_all_its_processes_is_the_same(place):
    """What systemd does by default."""
    worker = place.worker(engine={"deeds": {"transcribe.1": "wait_for_a_sign"}})
    run = place.take_in()
    wait_until(lambda: "transcribe.1" in place.calls())
    os.kill(worker.child_pid(), signal.SIGTERM)
    worker.signal(signal.SIGTERM)
    wait_until(lambda: worker.notices.count("STOPPING=1"))
    (place.folder / "engine.log.sign").touch()
    assert worker.wait() == 0
    assert "transcribe.0001" in {step.name for step in run.survey().done}
    assert place.deaths(run) == {}


def test_a_long_prepare_is_given_back_after_its_window(place):
    worker = place.worker(engine={"windows": 1000, "step_s": 0.2})
    run = place.take_in()
    wait_until(lambda: place.calls().count("goon") > 2)
    worker.signal(signal.SIGTERM)
    assert worker.wait(15) == 0
    assert place.deaths(run) == {}
    published = len(run.survey().windows)
    assert published < 50
    place.worker(engine={"windows": published + 3})
    assert place.wait_ended(run) == ["completed"]


def test_signals_may_come_as_often_as_they_like(place):
    worker = place.worker(engine={"deeds": {"transcribe.1": "wait_for_a_sign"}})
    run = place.take_in()
    wait_until(lambda: "transcribe.1" in place.calls())
    for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGINT, signal.SIGTERM, signal.SIGINT):
        worker.signal(number)
    wait_until(lambda: worker.notices.count("STOPPING=1"))
    worker.signal(signal.SIGTERM)
    assert worker.process.poll() is None
    (place.folder / "engine.log.sign").touch()
    assert worker.wait() == 0
    assert "transcribe.0001" in {step.name for step in run.survey().done}


def test_a_window_that_takes_longer_than_the_grace_time_is_given_back_uncounted(place):
    worker = place.worker(env={"SONICLAYER_WORKER_GRACE_S": "0.2"}, engine={"deeds": {"transcribe.1": "hang"}})
    run = place.take_in()
    wait_until(lambda: "transcribe.1" in place.calls())
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert place.deaths(run) == {}
    depths = {depth.queue: depth for depth in place.courier.queue.depths()}
    assert depths["transcribe.first"].waiting == 1
    assert sum(depth.running for depth in depths.values()) == 0
    place.worker()
    assert place.wait_ended(run, seconds=10) == ["completed"]
    assert place.calls().count("transcribe.1") == 2


def test_an_evaluation_that_hangs_is_given_back_when_the_worker_ends(place):
    worker = place.worker(env={"SONICLAYER_WORKER_GRACE_S": "0.2"}, evaluate_s=1000.0)
    run = place.take_in()
    wait_until(lambda: "actors.evaluate: Received" in worker.log)
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    place.worker()
    assert place.wait_ended(run) == ["completed"]


def test_a_worker_that_is_told_to_stop_while_it_loads_ends_at_once(place):
    worker = place.worker(engine={"deeds": {"warm_up": "hang"}}, ready=False)
    wait_until(lambda: "warm_up" in place.calls())
    worker.signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    assert not worker.notices.count("READY=1")


def test_a_worker_ends_within_its_time_while_redis_is_away(own_place, own_redis):
    worker = own_place.worker(
        env={"SONICLAYER_WORKER_GRACE_S": "0.5"}, engine={"deeds": {"transcribe.1": "wait_for_a_sign"}}
    )
    run = own_place.take_in()
    wait_until(lambda: "transcribe.1" in own_place.calls())
    own_redis.kill()
    worker.signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    own_redis.start()
    (own_place.folder / "engine.log.sign").touch()
    own_place.worker()
    assert own_place.wait_ended(run) == ["completed"]


@pytest.mark.slow
def test_stopping_in_the_middle_of_a_window_twenty_times_costs_nothing(place, tmp_path):
    run = place.take_in(personas=("gen_z",))
    prepares_alone = place.worker("--queues", "prepare", engine={"windows": 5})
    wait_until(lambda: run.survey().planned)
    prepares_alone.signal(signal.SIGTERM)
    assert prepares_alone.wait() == 0
    env = {"SONICLAYER_WORKER_GRACE_S": "0"}
    for _ in range(5):  # each of the four finds a window of its own
        workers = [
            place.worker(engine={"windows": 5, "deeds": {"transcribe": "wait_for_a_sign"}}, env=env, ready=False)
            for _ in range(4)
        ]
        for worker in workers:
            wait_until(lambda worker=worker: transcribes(place, worker), 60)
            worker.signal(signal.SIGTERM)
        assert [worker.wait() for worker in workers] == [0] * 4
    assert place.deaths(run) == {}
    place.worker(engine={"windows": 5})
    assert place.wait_ended(run) == ["completed"]
    assert results_of(place.store) == undisturbed(tmp_path, 5)


def transcribes(place, worker):
    """Whether its engine is in the middle of a window now."""
    lines = [line.split() for line in place.engine_log.read_text().splitlines()] if place.engine_log.exists() else []
    own = [words for pid, *words in lines if pid == str(worker.child_pid())]
    return bool(own) and own[-1][0] == "begin" and own[-1][1].startswith("transcribe")


def undisturbed(tmp_path, windows):
    """The results of the same recording, analysed without any worker."""
    store = LocalStore(tmp_path / "undisturbed")
    work_off(take_in(store, what=wanted("gen_z")), FakeEngine(windows))
    return results_of(store)
