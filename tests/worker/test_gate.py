from __future__ import annotations

import threading
import time

import pytest

from soniclayer.worker import gate as gate_module
from soniclayer.worker.gate import Gate


class Queues:
    """Queues as a `fetch` sees them."""

    def __init__(self, **letters):
        self.letters = {name.replace("_", "."): list(some) for name, some in letters.items()}
        self.asked = []

    def fetch(self, queue):
        self.asked.append(queue)
        return self.letters[queue].pop(0) if self.letters.get(queue) else None


def test_the_first_queue_that_has_something_gets_the_slot():
    queues = Queues(transcribe=["t1"], transcribe_first=["f1"], classify=[])
    gate = Gate(["classify", "transcribe.first", "transcribe"], 1)
    assert gate.next(list, queues.fetch, 0.1) == "f1"
    assert queues.asked == ["classify", "transcribe.first"]


def test_nothing_is_fetched_while_no_slot_is_free():
    queues = Queues(evaluate=["e1", "e2", "e3"])
    gate = Gate(["evaluate"], 2)
    assert [gate.next(list, queues.fetch, 0.01) for _ in range(4)] == ["e1", "e2", None, None]
    assert queues.asked == ["evaluate"] * 2
    gate.release()
    assert gate.next(list, queues.fetch, 0.01) == "e3"


def test_only_queues_that_have_something_are_fetched_from():
    queues = Queues(transcribe=["t1"])
    gate = Gate(["classify", "transcribe"], 1)
    assert gate.next(lambda names: [name for name in names if queues.letters.get(name)], queues.fetch, 0.1) == "t1"
    assert queues.asked == ["transcribe"]


def test_a_queue_that_may_not_be_fetched_from_is_skipped():
    queues = Queues(prepare=["p1"], transcribe=["t1"])
    gate = Gate(["prepare", "transcribe"], 1, lambda queue: queue != "prepare")
    assert gate.next(list, queues.fetch, 0.1) == "t1"


def test_a_slot_that_gets_free_is_used_at_once():
    queues = Queues(evaluate=["e1", "e2"])
    gate = Gate(["evaluate"], 1)
    gate.next(list, queues.fetch, 0)
    threading.Timer(0.05, gate.release).start()
    assert gate.next(list, queues.fetch, 30) == "e2"


@pytest.mark.parametrize("news", ["wake", "release", "close"])
def test_who_waits_before_empty_queues_is_woken(monkeypatch, news):
    monkeypatch.setattr(gate_module, "IDLE_S", 30.0)
    gate = Gate(["evaluate"], 1)
    threading.Timer(0.05, getattr(gate, news)).start()
    started_s = time.monotonic()
    assert gate.next(list, Queues().fetch, 30) is None
    assert time.monotonic() - started_s < 10


def test_news_that_come_while_queues_are_looked_at_are_not_missed(monkeypatch):
    monkeypatch.setattr(gate_module, "IDLE_S", 30.0)
    gate = Gate(["evaluate"], 1)
    started_s = time.monotonic()
    assert gate.next(list, lambda _: gate.wake(), 30) is None
    assert time.monotonic() - started_s < 10


def test_a_closed_gate_lets_nothing_through():
    queues = Queues(evaluate=["e1"])
    gate = Gate(["evaluate"], 1)
    gate.close()
    assert gate.next(list, queues.fetch, 0.01) is None
    assert queues.asked == []


def test_a_fetch_that_fails_takes_no_slot():
    queues = Queues(evaluate=["e1"])
    gate = Gate(["evaluate"], 1)

    def fail(queue):
        raise OSError("away")

    with pytest.raises(OSError, match="away"):
        gate.next(list, fail, 0.1)
    assert gate.next(list, queues.fetch, 0.1) == "e1"
