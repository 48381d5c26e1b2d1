from __future__ import annotations

import threading
from contextlib import contextmanager

import dramatiq
import pytest
from dramatiq.errors import ConnectionClosed
from worker_place import wait_until

from soniclayer.courier.broker import NAMESPACE
from soniclayer.courier.connection import connect
from soniclayer.courier.courier import Courier
from soniclayer.courier.message import StepMessage
from soniclayer.domain.step import Step
from soniclayer.errors import CourierAway
from soniclayer.worker import consumer as consumer_module
from soniclayer.worker.actors import declare_actors
from soniclayer.worker.broker import WorkerBroker
from soniclayer.worker.gate import Gate
from soniclayer.worker.pulse import Pulse

EVALUATE = StepMessage("run", Step("a" * 64, "evaluate", 3, "gen_z"), "request")
TRANSCRIBE = StepMessage("run", Step("a" * 64, "transcribe", 3))


class Office:
    """A broker, its courier, and an actor that does what the test says."""

    def __init__(self, url, answer_s=5.0):
        self.clients = [connect(url, answer_s=answer_s), connect(url, text=False, answer_s=answer_s)]
        self.broker = WorkerBroker(self.clients[1], Pulse())
        self.courier = Courier(self.clients[0], self.broker)
        self.broker.gates = [Gate(["classify", "transcribe"], 1), Gate(["evaluate"], 2)]
        self.done = []
        self.troubles = []
        declare_actors(self.broker, self.do)

    def do(self, message):
        self.done.append(message)
        if self.troubles:
            raise self.troubles.pop()

    @contextmanager
    def working(self):
        queues = {queue for gate in self.broker.gates for queue in gate.queues}
        worker = dramatiq.Worker(self.broker, queues=queues, worker_threads=3, worker_timeout=50)
        worker.start()
        yield worker
        worker.stop()

    def left(self):
        """Letters that wait or are in hand."""
        return sum(depth.waiting + depth.running for depth in self.courier.queue.depths())


@pytest.fixture
def office(redis_url):
    one = Office(redis_url)
    yield one
    for client in one.clients:
        client.close()


@pytest.fixture
def own_office(own_redis):
    one = Office(own_redis.url, answer_s=2.0)  # each write is synced
    yield one
    for client in one.clients:
        client.close()


def test_a_letter_comes_to_its_actor_as_it_was_put_in_and_is_gone_then(office):
    office.courier.queue.put(EVALUATE)
    office.courier.queue.put(TRANSCRIBE)
    with office.working():
        wait_until(lambda: office.left() == 0)
    assert sorted(office.done, key=lambda message: message.queue) == [EVALUATE, TRANSCRIBE]


def test_a_letter_whose_actor_raises_goes_back_and_is_done_again(office):
    office.troubles = [CourierAway("away"), CourierAway("away")]
    office.courier.queue.put(EVALUATE)
    with office.working():
        wait_until(lambda: office.left() == 0)
    assert office.done == [EVALUATE] * 3


def test_a_letter_that_was_handed_out_without_reaching_us_is_put_back(office):
    office.courier.queue.put(TRANSCRIBE)
    office.broker.do_fetch("transcribe", 1)  # and its answer is lost
    assert office.courier.queue.depths()[3].waiting == 0
    with office.working():
        wait_until(lambda: office.done == [TRANSCRIBE])


def test_a_letter_whose_fetch_is_carried_out_late_is_put_back_too(office, monkeypatch):
    monkeypatch.setattr(consumer_module, "TIDY_S", 0.1)
    with office.working():
        office.broker.gates[0].next(list, lambda _: "something else", 1)  # nothing is fetched for now
        office.courier.queue.put(TRANSCRIBE)
        office.broker.do_fetch("transcribe", 1)
        wait_until(lambda: office.courier.queue.depths()[3].waiting == 1)


def test_what_is_in_hand_is_not_taken_for_lost(office, monkeypatch):
    monkeypatch.setattr(consumer_module, "TIDY_S", 0.0)
    going_on = threading.Event()
    office.broker.actors.clear()
    declare_actors(office.broker, lambda message: (office.done.append(message), going_on.wait(30))[0])
    office.courier.queue.put(EVALUATE)
    with office.working():
        wait_until(lambda: office.done)
        for _ in range(20):
            office.broker.wake()
            threading.Event().wait(0.02)
        going_on.set()
        wait_until(lambda: office.left() == 0)
    assert office.done == [EVALUATE]


def test_a_letter_that_no_actor_knows_does_not_go_round(office):
    letter = dramatiq.Message("evaluate", "sing", (), {}, {"redis_message_id": "x"})
    office.broker.do_enqueue("evaluate", "x", letter.encode())
    with office.working():
        wait_until(lambda: office.left() == 0)


def test_a_letter_that_its_actor_cannot_take_does_not_go_round(office):
    """Of another version, say."""
    letter = dramatiq.Message("evaluate", "evaluate", ("of", "old"), {}, {"redis_message_id": "x"})
    office.broker.do_enqueue("evaluate", "x", letter.encode())
    with office.working():
        wait_until(lambda: office.left() == 0)
    assert office.done == []


def test_a_letter_that_cannot_be_read_holds_up_nobody(office):
    office.broker.do_enqueue("evaluate", "x", b"no letter")
    office.courier.queue.put(EVALUATE)
    with office.working():
        wait_until(lambda: office.done == [EVALUATE])


def test_a_redis_that_hangs_is_told_to_dramatiq_as_a_lost_connection(own_office, own_redis):
    own_office.courier.queue.put(EVALUATE)
    consumer = own_office.broker.consume("evaluate")
    letter = wait_until(lambda: next(consumer))
    own_redis.pause()
    with pytest.raises(ConnectionClosed):
        consumer.ack(letter)
    with pytest.raises(ConnectionClosed):
        consumer.nack(letter)
    own_redis.resume()
    consumer.ack(letter)
    assert own_office.left() == 0


def test_a_slot_gets_free_once_a_letter_is_settled_and_not_before(own_office, own_redis):
    for window in range(3):
        own_office.courier.queue.put(StepMessage("run", Step("a" * 64, "evaluate", window, "gen_z")))
    consumer = own_office.broker.consume("evaluate")
    first, _ = (wait_until(lambda: next(consumer)) for _ in range(2))
    own_redis.pause()
    with pytest.raises(ConnectionClosed):
        consumer.ack(first)
    own_redis.resume()
    assert next(consumer) is None
    consumer.ack(first)
    assert next(consumer) is not None


def test_at_the_end_everything_in_hand_is_put_back(office):
    office.courier.queue.put(EVALUATE)
    consumer = office.broker.consume("evaluate")
    wait_until(lambda: next(consumer))
    office.broker.put_back_all()
    assert office.courier.queue.depths()[4].waiting == 1


def test_the_letters_of_a_dead_worker_do_not_wait_for_a_clock_that_was_set_back(office, redis_url, monkeypatch):
    office.courier.queue.put(TRANSCRIBE)
    dead = Office(redis_url)
    dead.broker.do_fetch("transcribe", 1)
    monkeypatch.setattr(office.broker, "heartbeat_timeout", 100)
    office.broker.client.zincrby(f"{NAMESPACE}:__heartbeats__", 3_600_000, dead.broker.broker_id)
    wait_until(lambda: office.broker.stay_alive() or office.courier.queue.depths()[3].waiting == 1)
    for client in dead.clients:
        client.close()
