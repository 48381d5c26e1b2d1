"""A worker in one thread, for tests: takes what the queues hold, in their order, until nothing is left."""

from __future__ import annotations

from contextlib import nullcontext

from soniclayer.courier.message import QUEUES, StepMessage
from soniclayer.domain.step import Step
from soniclayer.jobs.engine import Engines
from soniclayer.jobs.perform import perform


def fetch(courier, queues=QUEUES):
    """The next letter and its consumer, None when all queues are empty."""
    courier.queue.release_due()
    for queue in queues:
        consumer = courier.broker.consume(queue, prefetch=1, timeout=1)
        letter = next(consumer)
        if letter is not None:
            return letter, consumer
    return None


def message_of(letter):
    """The step a letter carries."""
    audio_id, run, window, persona, request_id, *again = letter.args
    return StepMessage(run, Step(audio_id, letter.actor_name, window, persona), request_id, *again)


def perform_next(recordings, courier, engine, queues=QUEUES, judge=None):
    """Do what the next letter asks for and ack it; its message and how it went, None when there was none."""
    fetched = fetch(courier, queues)
    if fetched is None:
        return None
    letter, consumer = fetched
    message = message_of(letter)
    performed = perform(recordings, courier, message, Engines(engine, judge), lambda _: nullcontext())
    (consumer.requeue([letter]) if performed.outcome == "given_back" else consumer.ack(letter))
    return message, performed


def work_queues(recordings, courier, engine, most=10_000, judge=None):
    """Do all there is to do; every message and how it went."""
    done = []
    while (one := perform_next(recordings, courier, engine, judge=judge)) is not None:
        done.append(one)
        assert len(done) < most, "it never ends"
    return done
