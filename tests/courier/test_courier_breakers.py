"""What both kinds of breakers do: those of Redis, which all workers share, and those of one process."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis_server import close_courier, open_test_courier

from soniclayer.courier.breakers import MOST_FLOWS, OPENS_AFTER, Breakers
from soniclayer.engines.langflow.own_breakers import OwnBreakers
from soniclayer.errors import CourierAway

FLOW, OTHER = "soniclayer_gen_z", "soniclayer_parent"
LONG_S, SHORT_S = 60.0, 0.05


@pytest.fixture(params=["redis", "own"])
def make(request):
    """Makes breakers; each call gives those of another process, where processes share them."""
    if request.param == "own":
        made = []

        def own(**times):
            made.append(made[0] if made else OwnBreakers(**times))
            return made[0]

        yield own
        return
    url, couriers = request.getfixturevalue("redis_url"), []

    def shared(**times):
        couriers.append(open_test_courier(url))
        return Breakers(couriers[-1].client, **times)

    yield shared
    for courier in couriers:
        close_courier(courier)


def until(found, timeout_s=20.0):
    """What is found, once it is something."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.005)
    raise AssertionError(f"nothing within {timeout_s} s")


def fail(breakers, times=1, flow=FLOW):
    return [breakers.failed(breakers.ask(flow)) for _ in range(times)]


def opened(breakers):
    breakers.failed(breakers.ask(FLOW), at_once=True)


def test_five_failures_in_a_row_open_it_and_the_fifth_is_told_that_it_did(make):
    breakers = make(open_s=LONG_S)
    assert fail(breakers, OPENS_AFTER) == [False] * (OPENS_AFTER - 1) + [True]
    assert breakers.ask(FLOW) is None
    assert breakers.state(FLOW) == "open"


def test_a_success_between_them_starts_the_count_anew(make):
    breakers = make(open_s=LONG_S)
    fail(breakers, OPENS_AFTER - 1)
    assert breakers.succeeded(breakers.ask(FLOW)) is False
    fail(breakers, OPENS_AFTER - 1)
    assert breakers.state(FLOW) == "closed"


def test_a_failure_that_time_does_not_heal_opens_it_at_once(make):
    breakers = make(open_s=LONG_S)
    assert breakers.failed(breakers.ask(FLOW), at_once=True) is True
    assert breakers.ask(FLOW) is None


def test_other_flows_are_not_touched(make):
    breakers = make(open_s=LONG_S)
    opened(breakers)
    assert breakers.ask(OTHER) is not None
    assert breakers.states() == {FLOW: "open", OTHER: "closed"}


def test_half_open_lets_one_probe_through_whoever_asks_in_whichever_process(make):
    processes = [make(open_s=SHORT_S), make(open_s=SHORT_S)]
    opened(processes[0])
    until(lambda: processes[1].state(FLOW) == "half_open")
    begin = threading.Barrier(20)

    def ask(number):
        begin.wait()
        return processes[number % 2].ask(FLOW)

    with ThreadPoolExecutor(20) as threads:
        permits = list(threads.map(ask, range(20)))
    assert sum(permit is not None for permit in permits) == 1


def test_the_probe_s_success_closes_it_for_all(make):
    one, two = make(open_s=SHORT_S), make(open_s=SHORT_S)
    opened(one)
    probe = until(lambda: one.ask(FLOW))
    assert two.ask(FLOW) is None
    assert one.succeeded(probe) is True
    assert two.state(FLOW) == "closed"
    assert two.ask(FLOW) is not None


def test_the_probe_s_failure_opens_it_again_and_is_no_news(make):
    breakers = make(open_s=SHORT_S)
    opened(breakers)
    probe = until(lambda: breakers.ask(FLOW))
    assert breakers.failed(probe) is False
    assert until(lambda: breakers.ask(FLOW)) not in {None, probe}


def test_calls_that_began_before_it_opened_do_not_keep_it_open_when_they_fail(make):
    breakers = make(open_s=SHORT_S)
    late = [breakers.ask(FLOW) for _ in range(3)]
    opened(breakers)
    until(lambda: breakers.state(FLOW) == "half_open")
    assert [breakers.failed(permit) for permit in late] == [False] * 3
    assert breakers.state(FLOW) == "half_open"


def test_a_call_that_began_before_it_opened_closes_it_when_it_is_answered(make):
    breakers = make(open_s=LONG_S)
    late = breakers.ask(FLOW)
    opened(breakers)
    assert breakers.succeeded(late) is True
    assert breakers.ask(FLOW) is not None


def test_a_probe_that_is_withdrawn_makes_room_for_another(make):
    breakers = make(open_s=SHORT_S)
    opened(breakers)
    probe = until(lambda: breakers.ask(FLOW))
    assert breakers.ask(FLOW) is None
    breakers.withdraw(probe)
    assert breakers.ask(FLOW) is not None


def test_a_probe_whose_worker_died_is_not_waited_for_for_ever(make):
    breakers = make(open_s=SHORT_S, probe_s=SHORT_S)
    opened(breakers)
    died = until(lambda: breakers.ask(FLOW))
    assert until(lambda: breakers.ask(FLOW)) != died


def test_while_redis_is_away_everybody_may_call_and_nothing_raises(own_redis):
    courier = open_test_courier(own_redis.url, answer_s=1.0)
    breakers = courier.breakers
    opened(breakers)
    own_redis.kill()
    permit = breakers.ask(FLOW)
    assert permit is not None
    assert breakers.failed(permit) is False
    assert breakers.succeeded(permit) is False
    breakers.withdraw(permit)
    with pytest.raises(CourierAway):
        breakers.states()
    with pytest.raises(CourierAway):
        breakers.state(FLOW)
    own_redis.start()
    assert breakers.state(FLOW) == "open"
    close_courier(courier)


def set_back(courier, field, by_ms=3_600_000):
    """The clock of Redis, as far as a time is concerned that lies in the future."""
    assert courier.client.hexists(f"soniclayer:breaker:{FLOW}", field)
    courier.client.hincrby(f"soniclayer:breaker:{FLOW}", field, by_ms)


def test_a_clock_set_back_keeps_no_breaker_open(courier):
    opened(courier.breakers)
    assert courier.breakers.state(FLOW) == "open"
    set_back(courier, "until")
    assert courier.breakers.state(FLOW) == "half_open"
    assert courier.breakers.states() == {FLOW: "half_open"}
    assert courier.breakers.ask(FLOW) is not None


def test_a_clock_set_back_keeps_no_probe_waited_for(courier):
    opened(courier.breakers)
    set_back(courier, "until")
    probe = courier.breakers.ask(FLOW)
    assert courier.breakers.ask(FLOW) is None
    set_back(courier, "probe_until")
    assert courier.breakers.ask(FLOW) not in {None, probe}


def test_redis_forgets_what_nobody_calls_any_more(courier):
    courier.breakers.failed(courier.breakers.ask(FLOW))
    keys = courier.client.keys("soniclayer:breaker*")
    assert len(keys) == 2
    assert all(0 < courier.client.pttl(key) <= 86_400_000 for key in keys)


def test_however_many_flows_are_called_the_last_hundred_are_told_of(courier):
    for number in range(MOST_FLOWS + 5):
        courier.breakers.ask(f"flow{number}")
        time.sleep(0.001)  # the order is by milliseconds
    states = courier.breakers.states()
    assert len(states) == MOST_FLOWS
    assert "flow0" not in states
