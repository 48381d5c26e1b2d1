from __future__ import annotations

import threading
import time
from dataclasses import replace

import dramatiq
import pytest
from courier_steps import a_step
from redis_server import close_courier, open_test_courier

from soniclayer.courier.broker import NAMESPACE, StepBroker
from soniclayer.courier.message import QUEUES
from soniclayer.courier.queue import LATER
from soniclayer.errors import CourierAway, CourierFull


def fetched(courier, queue="transcribe"):
    """The letters that a worker gets from a queue; its consumer, to settle them."""
    consumer = courier.broker.consume(queue, prefetch=100, timeout=1)
    letters = []
    while (letter := next(consumer)) is not None:
        letters.append(letter)
    return letters, consumer


def waiting(courier):
    return {depth.queue: depth.waiting for depth in courier.queue.depths() if depth.waiting}


def test_dramatiq_fetches_what_was_put_with_all_that_the_actor_needs(courier):
    message = a_step("evaluate", 7, "gen_z", request_id="req-1")
    assert courier.queue.put(message)
    (letter,), _ = fetched(courier, "evaluate")
    assert letter.actor_name == "evaluate"
    assert letter.queue_name == "evaluate"
    assert letter.args == (message.step.audio_id, message.run, 7, "gen_z", "req-1")  # an older version takes five
    assert letter.kwargs == {}


def test_a_real_worker_of_dramatiq_does_what_was_put_and_the_step_can_be_put_again(courier):
    done = threading.Semaphore(0)
    broker = courier.broker
    dramatiq.actor(lambda *args: done.release(), broker=broker, actor_name="transcribe", queue_name="transcribe")
    worker = dramatiq.Worker(broker, worker_threads=1, worker_timeout=10)
    worker.start()
    try:
        for _ in range(2):
            wait_for(lambda: courier.queue.put(a_step()))
            assert done.acquire(timeout=10)
    finally:
        worker.stop()


def test_a_step_is_in_its_queue_once(courier):
    assert courier.queue.put(a_step())
    assert not courier.queue.put(a_step())
    assert waiting(courier) == {"transcribe": 1}


def test_a_step_that_is_being_worked_on_is_not_put_in(courier):
    courier.queue.put(a_step())
    fetched(courier)
    assert not courier.queue.put(a_step())


def test_an_acked_step_can_be_put_in_again(courier):
    courier.queue.put(a_step())
    (letter,), consumer = fetched(courier)
    consumer.ack(letter)
    assert courier.queue.put(a_step())
    assert waiting(courier) == {"transcribe": 1}


def test_a_forgotten_step_can_be_put_in_again_before_its_letter_is_acked(courier):
    courier.queue.put(a_step())
    fetched(courier)
    courier.queue.forget(a_step())
    assert courier.queue.put(a_step())


def test_another_run_window_or_persona_is_another_step(courier):
    steps = [a_step(), a_step(window=4), a_step(run="s" * 16), a_step("classify")]
    steps += [a_step("evaluate", 3, "gen_z"), a_step("evaluate", 3, "parent")]
    assert all(courier.queue.put(step) for step in steps)


def test_twenty_threads_put_a_step_in_once(courier):
    start = threading.Barrier(20)
    put = []

    def race():
        start.wait()
        put.append(courier.queue.put(a_step()))

    threads = [threading.Thread(target=race) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(put) == [False] * 19 + [True]
    assert waiting(courier) == {"transcribe": 1}


def test_a_put_whose_reply_is_lost_has_put_it_in_once(proxied_courier, redis_proxy):
    proxied_courier.queue.put(a_step("classify"))  # the script is known to Redis
    redis_proxy.lose_reply("evalsha", "soniclayer:queued:*")
    with pytest.raises(CourierAway):
        proxied_courier.queue.put(a_step())
    assert not proxied_courier.queue.put(a_step())
    assert waiting(proxied_courier)["transcribe"] == 1


def test_a_marker_without_its_letter_does_not_keep_a_step_out(courier):
    courier.queue.put(a_step())
    courier.client.delete(f"{NAMESPACE}:transcribe", f"{NAMESPACE}:transcribe.msgs")
    assert courier.queue.put(a_step())


def test_nothing_is_put_in_by_halves_when_redis_is_full(own_courier):
    own_courier.client.config_set("maxmemory", 1)
    with pytest.raises(CourierFull):
        own_courier.queue.put(a_step())
    own_courier.client.config_set("maxmemory", 0)
    assert own_courier.client.dbsize() == 0
    assert own_courier.queue.put(a_step())


def test_what_is_put_off_waits_for_its_time(courier):
    courier.queue.put_off(a_step(), 60)
    assert courier.queue.release_due() == 0
    assert courier.queue.put_off_count() == 1
    assert waiting(courier) == {}


def test_what_is_due_is_put_in_with_the_request_it_came_from(courier):
    courier.queue.put_off(a_step(request_id="req-1"), -1)
    assert courier.queue.release_due() == 1
    assert courier.queue.put_off_count() == 0
    (letter,), _ = fetched(courier)
    assert letter.args[-1] == "req-1"
    assert not courier.client.exists("soniclayer:later:requests")


def test_a_step_put_off_with_its_letter_in_hand_is_put_in_by_release_alone(courier):
    courier.queue.put(a_step())
    (letter,), consumer = fetched(courier)
    courier.queue.put_off(a_step(), 0)
    assert not courier.queue.put(a_step())
    consumer.ack(letter)
    assert not courier.queue.put(a_step())
    assert courier.queue.release_due() == 1
    assert not courier.queue.put(a_step())
    assert waiting(courier) == {"transcribe": 1}


def test_a_step_put_off_twice_is_put_in_once(courier):
    courier.queue.put_off(a_step(), -2)
    courier.queue.put_off(a_step(request_id="req-1"), -1)
    assert courier.queue.release_due() == 1
    assert courier.queue.release_due() == 0


def test_what_is_to_become_better_waits_apart_from_the_first_evaluation_and_comes_back_where_it_was(courier):
    first = a_step("evaluate", 7, "gen_z")
    again = replace(first, again=True, request_id="req-1")
    for message in (first, again):
        assert courier.queue.put(message)
        assert not courier.queue.put(message)
    assert waiting(courier) == {"evaluate": 1, "evaluate.again": 1}
    (letter,), consumer = fetched(courier, "evaluate.again")
    assert (letter.actor_name, letter.args[-2:]) == ("evaluate", ("req-1", True))
    courier.queue.put_off(again, 0.0)
    consumer.ack(letter)
    assert courier.queue.release_due() == 1
    (letter,), _ = fetched(courier, "evaluate.again")
    assert letter.args[-2:] == ("req-1", True)
    courier.queue.forget(again)
    assert courier.queue.put(again)
    assert not courier.queue.put(first)


def test_a_forgotten_step_is_not_released(courier):
    courier.queue.put_off(a_step(request_id="req-1"), -1)
    courier.queue.forget(a_step())
    assert courier.queue.release_due() == 0
    assert courier.client.dbsize() == 0


def test_many_workers_release_everything_once(courier):
    for window in range(200):
        courier.queue.put_off(a_step(window=window + 2), -1)
    counts = []
    threads = [threading.Thread(target=lambda: counts.append(courier.queue.release_due())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 200
    assert waiting(courier) == {"transcribe": 200}


@pytest.mark.parametrize("lose", ["lose_command", "lose_reply"])
def test_a_release_that_breaks_off_half_way_loses_and_doubles_nothing(proxied_courier, redis_proxy, lose):
    for window in range(10):
        proxied_courier.queue.put_off(a_step(window=window + 2), -1)
    proxied_courier.queue.put(a_step("classify"))
    getattr(redis_proxy, lose)("evalsha", "soniclayer:queued:*", nth=5)
    with pytest.raises(CourierAway):
        proxied_courier.queue.release_due()
    proxied_courier.queue.release_due()
    assert waiting(proxied_courier)["transcribe"] == 10


def test_what_no_step_is_called_is_dropped_and_does_not_stop_the_others(courier, caplog):
    names = ["", "nonsense", "a:b", "a:b:dance.0001", "a:b:transcribe.first", "a:b:c:d"]
    courier.client.zadd(LATER, {**dict.fromkeys(names, 1), a_step().key: 2})
    assert courier.queue.release_due() == 1
    assert courier.queue.put_off_count() == 0
    assert len(caplog.records) == len(names)


def test_more_than_one_call_releases_is_released_by_the_next(courier):
    courier.client.zadd(LATER, {a_step(window=window).key: 1 for window in range(2, 1052)})
    assert [courier.queue.release_due() for _ in range(3)] == [1000, 50, 0]


def test_depths_tell_what_waits_what_runs_and_since_when(courier):
    for window in range(2, 5):
        courier.queue.put(a_step(window=window))
    courier.queue.put(a_step("prepare", None))
    next(courier.broker.consume("transcribe", prefetch=1, timeout=1))
    depths = courier.queue.depths()
    assert [depth.queue for depth in depths] == list(QUEUES)
    counts = {depth.queue: (depth.waiting, depth.running) for depth in depths}
    assert counts == {
        "transcribe": (2, 1),
        "prepare": (1, 0),
        "classify": (0, 0),
        "transcribe.first": (0, 0),
        "evaluate": (0, 0),
        "evaluate.again": (0, 0),
    }
    ages = {depth.queue: depth.oldest_age_s for depth in depths}
    assert ages["classify"] is None
    assert 0 <= ages["transcribe"] < 60


def test_a_letter_nobody_can_read_has_no_age_and_hides_no_other_queue(courier):
    courier.client.hset(f"{NAMESPACE}:transcribe.msgs", "id", "no letter")
    courier.client.rpush(f"{NAMESPACE}:transcribe", "id")
    courier.queue.put(a_step("classify"))
    depths = {depth.queue: depth for depth in courier.queue.depths()}
    assert depths["transcribe"].oldest_age_s is None
    assert depths["transcribe"].waiting == 1
    assert depths["classify"].oldest_age_s is not None


def test_the_letters_of_a_dead_worker_go_back_into_their_queue(courier, redis_url):
    courier.queue.put(a_step())
    dead = open_test_courier(redis_url)
    assert len(fetched(dead)[0]) == 1
    close_courier(dead)
    courier.client.zadd(f"{NAMESPACE}:__heartbeats__", {dead.broker.broker_id: (time.time() - 11) * 1000})
    letters = []
    wait_for(lambda: letters.extend(fetched(courier)[0]) or letters)
    assert len(letters) == 1


def test_what_was_put_off_does_not_wait_for_a_clock_that_was_set_back(courier):
    courier.queue.put_off(a_step(), 60)
    assert courier.queue.release_due() == 0
    courier.client.zincrby(LATER, 3600, a_step().key)  # the clock of Redis went back by an hour
    assert courier.queue.release_due() == 1


def test_the_broker_knows_our_queues_and_no_delays(courier):
    assert courier.broker.get_declared_queues() == set(QUEUES)
    assert courier.broker.get_declared_delay_queues() == set()
    assert courier.broker.middleware == []
    with pytest.raises(ValueError, match="no delay queues"):
        courier.broker.enqueue(a_letter(), delay=1000)


def test_making_a_broker_connects_nowhere(courier):
    StepBroker(open_test_courier("unix:///nowhere/redis.sock").client)


def a_letter():
    return dramatiq.Message(queue_name="prepare", actor_name="prepare", args=(), kwargs={}, options={})


def wait_for(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
