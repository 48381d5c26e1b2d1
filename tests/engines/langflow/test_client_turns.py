"""Many steps, few calls: bounded, fair, on few connections, and over when the worker is."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace

import pytest
from asked_questions import FLOW, questions
from scripted_langflow import well

from soniclayer.engines.langflow.turns import LEAST_DELAY_S, MOST_DELAY_S, Turns
from soniclayer.errors import EngineStopped, JudgeBusy

DEADLINE_S = 20.0


def until(holds):
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def flows(persona, count):
    return [replace(persona, name=f"persona_{number}") for number in range(count)]


def judged(judge, persona, number=0):
    """Until it is: as the queue does it with a step that is put off."""
    while True:
        with suppress(JudgeBusy):
            return judge.judge(persona, questions(2, number))
        time.sleep(0.02)


class Held:
    """Runs `count` judgements of a flow that hangs, in threads that wait for it."""

    def __init__(self, judge, persona, count):
        self.ended = []
        self.threads = [threading.Thread(target=self._run, args=(judge, persona), daemon=True) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def _run(self, judge, persona):
        try:
            self.ended.append(judge.judge(persona, questions(2)))
        except (EngineStopped, JudgeBusy) as error:
            self.ended.append(error)

    def join(self):
        for thread in self.threads:
            thread.join(DEADLINE_S)
            assert not thread.is_alive()


def test_many_threads_make_so_many_calls_at_once_on_so_many_connections(make_judge, persona, langflow):
    judge = make_judge(concurrency=3)

    def play(exchange):
        exchange.hold(0.02)
        well(exchange)

    everybody = flows(persona, 5)
    langflow.plays.update({one.flow_name: play for one in everybody})
    before = threading.active_count()
    with ThreadPoolExecutor(12) as threads:
        said = list(threads.map(lambda number: judged(judge, everybody[number % 5], number), range(60)))
    assert all(len(one.evaluations) == 2 for one in said)
    assert langflow.most_at_once == 3
    assert langflow.connections <= 4, "one more than calls at once, for fingerprints"
    assert threading.active_count() <= before + 1 + langflow.connections, "the watch, and the server's own"


def test_results_are_not_mixed_up_between_threads(judge, persona, langflow):
    everybody = flows(persona, 4)
    with ThreadPoolExecutor(12) as threads:
        said = list(threads.map(lambda number: judged(judge, everybody[number % 4], number), range(40)))
    for number, one in enumerate(said):
        assert [evaluation.segment_id for evaluation in one.evaluations] == [f"{number:04d}.00", f"{number:04d}.01"]
        assert one.evaluations[0].opinion == f"opinion {number:04d}.00"


def test_a_flow_that_hangs_does_not_hold_up_another(judge, persona, langflow):
    quick = replace(persona, name="quick")
    langflow.plays[FLOW] = lambda exchange: exchange.hold()
    hanging = Held(judge, persona, 8)
    until(lambda: len(langflow.calls) == 3 and len(hanging.ended) == 3)
    for number in range(10):
        assert len(judged(judge, quick, number).evaluations) == 2
    assert len(langflow.calls_of(FLOW)) == 3, "one flow never has all of the four calls"
    assert all(isinstance(error, JudgeBusy) for error in hanging.ended)
    assert len(hanging.ended) == 3, "five wait in threads, the others were sent away"
    judge.stop()
    hanging.join()


def test_who_is_sent_away_is_told_when_to_come_back_each_later_than_the_one_before():
    turns = Turns(4)
    delays = []
    with ExitStack() as places:
        for _ in range(5):
            places.enter_context(turns.let_in("a"))
        for _ in range(200):
            with pytest.raises(JudgeBusy) as busy, turns.let_in("a"):
                pass
            delays.append(busy.value.delay_s)
    assert delays == sorted(delays)
    assert delays[0] == LEAST_DELAY_S
    assert delays[-1] > 10 * delays[0]
    assert max(delays) <= MOST_DELAY_S


def test_each_of_several_flows_has_its_share_of_places():
    turns = Turns(4)
    with ExitStack() as places:
        for flow in "abcddd":
            places.enter_context(turns.let_in(flow))
        with pytest.raises(JudgeBusy), turns.let_in("d"):
            pass
        with turns.let_in("a"):
            pass


def test_some_threads_stay_free_for_those_who_ask_nobody():
    turns = Turns(calls=8, threads=4)
    with ExitStack() as places:
        for flow in "abc":
            places.enter_context(turns.let_in(flow))
        with pytest.raises(JudgeBusy), turns.let_in("a"):
            pass


class Caller:
    """A thread that waits for a turn, and has it until it is told to end."""

    def __init__(self, turns, flow):
        self.has_it = threading.Event()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(turns, flow), daemon=True)
        self._thread.start()

    def _run(self, turns, flow):
        with turns.turn(flow, DEADLINE_S):
            self.has_it.set()
            self._ends.wait(DEADLINE_S)

    def end(self):
        self._ends.set()
        self._thread.join(DEADLINE_S)


def test_a_turn_goes_to_the_flow_with_the_fewest_calls_and_there_to_who_waits_longest():
    turns = Turns(4)
    calling = [Caller(turns, flow) for flow in "aabb"]
    assert all(caller.has_it.wait(DEADLINE_S) for caller in calling)
    waiting = []
    for flow in "aabb":
        waiting.append(Caller(turns, flow))
        until(lambda: sum(len(line.waiting) for line in turns._lines.values()) == len(waiting))
    calling[3].end()
    assert waiting[2].has_it.wait(DEADLINE_S), "the first of b, though two of a were here before"
    calling[0].end()
    assert waiting[0].has_it.wait(DEADLINE_S)
    assert [caller.has_it.is_set() for caller in waiting] == [True, False, True, False]
    for caller in [*calling, *waiting]:
        caller.end()


def test_one_call_at_once_is_for_whoever_waits(make_judge, persona, langflow):
    judge = make_judge(concurrency=1)
    assert len(judge.judge(persona, questions(2)).evaluations) == 2


def test_a_turn_that_does_not_come_in_time_is_put_off():
    turns = Turns(1)
    with turns.turn("a", DEADLINE_S), pytest.raises(JudgeBusy), turns.turn("b", 0.02):
        pass
    with turns.turn("b", DEADLINE_S):
        pass


def test_stop_ends_calls_and_waiting_at_once_and_nothing_begins_any_more(make_judge, persona, langflow):
    judge = make_judge(timeout_s=60.0)
    langflow.plays[FLOW] = lambda exchange: exchange.hold()
    held = Held(judge, persona, 5)
    until(lambda: len(langflow.calls) == 3)
    started_s = time.monotonic()
    judge.stop()
    held.join()
    assert time.monotonic() - started_s < DEADLINE_S
    assert [type(error) for error in held.ended] == [EngineStopped] * 5
    with pytest.raises(EngineStopped):
        judge.judge(persona, questions(1))
    assert judge.breakers.state(FLOW) == "closed", "that is not the flow's fault"


def test_stop_ends_the_wait_before_a_retry(make_judge, persona, langflow, monkeypatch):
    monkeypatch.setattr("soniclayer.engines.langflow.calls.RETRY_AFTER_S", 15.0)
    judge = make_judge(timeout_s=180.0)
    langflow.plays[FLOW] = lambda exchange: exchange.send(500, {})
    held = Held(judge, persona, 1)
    until(lambda: len(langflow.calls) == 1)
    judge.stop()
    held.join()
    assert isinstance(held.ended[0], EngineStopped)


def test_a_probe_that_was_stopped_leaves_the_way_free_for_another(make_judge, persona, langflow):
    judge = make_judge(timeout_s=60.0)
    breakers = judge.breakers
    breakers._open_s = 0.01
    breakers.failed(breakers.ask(FLOW), at_once=True)
    until(lambda: breakers.state(FLOW) == "half_open")
    langflow.plays[FLOW] = lambda exchange: exchange.hold()
    held = Held(judge, persona, 1)
    until(lambda: len(langflow.calls) == 1)
    judge.stop()
    held.join()
    assert breakers.ask(FLOW) is not None


def test_the_breaker_is_shared_by_workers_through_redis_and_closes_when_langflow_is_back(
    make_judge, persona, langflow, courier
):
    one, two = (make_judge(breakers=courier.breakers) for _ in range(2))
    courier.breakers._open_ms = 50
    langflow.stop()
    for _ in range(2):
        one.judge(persona, questions(1))
    assert courier.breakers.state(FLOW) in {"open", "half_open"}
    langflow.start()
    until(lambda: len(two.judge(persona, questions(1)).evaluations) == 1)
    assert courier.breakers.state(FLOW) == "closed"
    assert len(one.judge(persona, questions(1)).evaluations) == 1
