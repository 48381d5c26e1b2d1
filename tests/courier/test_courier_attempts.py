from __future__ import annotations

import pytest
from courier_steps import a_recording, a_step

from soniclayer.errors import CourierAway


def test_deaths_are_counted_by_step_and_run(courier):
    assert [courier.attempts.count(a_step()) for _ in range(3)] == [1, 2, 3]
    assert courier.attempts.count(a_step(window=4)) == 1
    assert courier.attempts.count(a_step(run="s" * 16)) == 1


def test_clearing_begins_anew_for_every_step_of_the_run_alone(courier):
    courier.attempts.count(a_step())
    courier.attempts.count(a_step(window=4))
    courier.attempts.count(a_step(run="s" * 16))
    courier.attempts.clear(a_recording())
    assert courier.attempts.count(a_step()) == 1
    assert courier.attempts.count(a_step(window=4)) == 1
    assert courier.attempts.count(a_step(run="s" * 16)) == 2


def test_counts_are_forgotten_some_day(courier):
    courier.attempts.count(a_step())
    (key,) = courier.client.keys("*attempts*")
    assert courier.client.ttl(key) > 86_400


def test_a_count_whose_reply_is_lost_was_counted_once(proxied_courier, redis_proxy):
    redis_proxy.lose_reply("exec")
    with pytest.raises(CourierAway):
        proxied_courier.attempts.count(a_step())
    assert proxied_courier.attempts.count(a_step()) == 2
