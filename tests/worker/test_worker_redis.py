from __future__ import annotations

import threading
from collections import Counter
from contextlib import closing

import pytest
from fake_engine import FakeEngine
from samples import results_of, take_in, wanted, work_off
from worker_place import Place, wait_until

from soniclayer.storage.local import LocalStore

QUICK = {"windows": 6, "step_s": 0.25}


def results_undisturbed(folder, windows=6):
    store = LocalStore(folder / "undisturbed")
    work_off(take_in(store, what=wanted("gen_z", "parent")), FakeEngine(windows))
    return results_of(store)


def begun_twice(place):
    """Calls of the engine that were made more than once."""
    counted = Counter(call for call in place.calls() if not call.startswith(("warm", "prepare", "goon")))
    return {call for call, count in counted.items() if count > 1}


def wait_for(place, call):
    wait_until(lambda: call in place.calls())


def test_redis_killed_and_started_again_while_a_step_runs_costs_no_result_and_no_step(own_place, own_redis):
    worker = own_place.worker(engine=QUICK)
    run = own_place.take_in()
    wait_for(own_place, "transcribe.2")
    own_redis.kill()
    wait_until(lambda: "Redis is away" in worker.log)
    own_redis.start()
    assert own_place.wait_ended(run) == ["completed"]
    assert not begun_twice(own_place)
    assert own_place.deaths(run) == {}
    assert results_of(own_place.store) == results_undisturbed(own_place.folder)


def test_redis_losing_all_its_data_while_a_step_runs_costs_no_result(own_place, own_redis):
    worker = own_place.worker(engine=QUICK)
    run = own_place.take_in()
    wait_for(own_place, "transcribe.2")
    own_redis.restart(wiped=True)
    assert own_place.wait_ended(run, seconds=30) == ["completed"]
    assert results_of(own_place.store) == results_undisturbed(own_place.folder)
    assert worker.process.poll() is None


def test_data_that_vanish_without_redis_going_away_are_noticed_too(place):
    place.worker(engine=QUICK)
    run = place.take_in()
    wait_for(place, "transcribe.2")
    place.courier.client.flushdb()
    assert place.wait_ended(run, seconds=30) == ["completed"]


@pytest.mark.slow
def test_redis_hanging_for_longer_than_any_lease_costs_no_result(own_place, own_redis):
    workers = [own_place.worker(engine=QUICK, patience_s=4.0) for _ in range(2)]
    run = own_place.take_in()
    wait_for(own_place, "transcribe.2")
    own_redis.pause()
    threading.Event().wait(6)  # longer also than an answer is waited for
    own_redis.resume()
    assert own_place.wait_ended(run) == ["completed"]
    assert own_place.deaths(run) == {}
    assert len(begun_twice(own_place)) <= 2
    assert results_of(own_place.store) == results_undisturbed(own_place.folder)
    assert [worker.process.poll() for worker in workers] == [None, None]
    depths = wait_until(lambda: no_letters(own_place))
    assert depths


def no_letters(place):
    """Whether all queues are empty and nothing is in hand."""
    depths = place.courier.queue.depths()
    return depths if not any(depth.waiting + depth.running for depth in depths) else None


LOST = (
    ("evalsha", "fetch", "transcribe"),
    ("evalsha", "fetch", "prepare"),
    ("evalsha", "ack", "classify"),
    ("evalsha", "ack", "prepare"),
    ("evalsha", "soniclayer:lease:*"),
    ("evalsha", "soniclayer:queued:*"),
    ("xadd",),
)


def test_answers_of_redis_that_are_lost_cost_no_result(tmp_path, redis_server, redis_proxy):
    number = next(redis_server.unused)
    with closing(Place(tmp_path, redis_server.url_of(number))) as place:
        worker = place.worker(engine=QUICK, env={"REDIS_URL": redis_proxy.url_of(number)})
        lost = [redis_proxy.lose_reply(*command) for command in LOST]
        run = place.take_in()
        assert place.wait_ended(run) == ["completed"]
        assert all(one.is_set() for one in lost)
        assert results_of(place.store) == results_undisturbed(tmp_path)
        assert worker.process.poll() is None
