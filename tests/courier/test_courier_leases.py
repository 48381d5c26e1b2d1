from __future__ import annotations

import threading

import pytest
from courier_steps import a_step
from redis_server import close_courier, open_test_courier

from soniclayer.courier import leases
from soniclayer.errors import CourierAway


@pytest.fixture
def other(redis_url, courier):
    """Another process on the same database."""
    other = open_test_courier(redis_url)
    yield other
    close_courier(other)


def left_ms(courier, message):
    return courier.client.pttl(f"soniclayer:lease:{message.key}")


def lapse(courier, message):
    courier.client.delete(f"soniclayer:lease:{message.key}")


def set_back(courier, message, by_ms=3_600_000):
    """The clock of Redis, as far as this lease is concerned."""
    courier.client.pexpire(f"soniclayer:lease:{message.key}", left_ms(courier, message) + by_ms)


def test_a_lease_has_one_holder_until_it_is_given_back(courier, other):
    assert courier.leases.take(a_step())
    assert not other.leases.take(a_step())
    assert other.leases.take(a_step(window=4))
    courier.leases.give_back(a_step())
    assert other.leases.take(a_step())


def test_two_threads_of_a_process_do_not_hold_the_same_lease(courier):
    taken = []
    threads = [threading.Thread(target=lambda: taken.append(courier.leases.take(a_step()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 7 + [True]


def test_a_lease_lapses_and_another_takes_it(courier, other, monkeypatch):
    monkeypatch.setattr(leases, "LEASE_S", 0.05)
    assert courier.leases.take(a_step())
    monkeypatch.undo()
    while not other.leases.take(a_step()):
        assert left_ms(courier, a_step()) <= 50


def test_the_lease_of_a_dead_holder_does_not_wait_for_a_clock_that_was_set_back(courier, other):
    courier.leases.take(a_step())
    set_back(courier, a_step())
    assert other.leases.take(a_step())
    assert left_ms(courier, a_step()) <= 8000


def test_a_living_holder_keeps_its_lease_when_the_clock_is_set_back(courier, other):
    courier.leases.take(a_step())
    set_back(courier, a_step())
    courier.leases.renew([a_step()])
    assert not other.leases.take(a_step())


def test_a_renewed_lease_lasts_as_long_as_a_new_one(courier):
    courier.leases.take(a_step())
    courier.client.pexpire(f"soniclayer:lease:{a_step().key}", 3000)
    courier.leases.renew([a_step()])
    assert left_ms(courier, a_step()) > 7000


def test_a_lease_that_lapsed_is_taken_again_by_renewing(courier, other):
    courier.leases.take(a_step())
    lapse(courier, a_step())
    courier.leases.renew([a_step()])
    assert not other.leases.take(a_step())


def test_a_lease_that_another_took_meanwhile_stays_with_them(courier, other):
    courier.leases.take(a_step())
    lapse(courier, a_step())
    assert other.leases.take(a_step())
    courier.leases.renew([a_step()])
    courier.leases.give_back(a_step())
    assert left_ms(other, a_step()) > 0
    other.leases.give_back(a_step())
    assert left_ms(other, a_step()) < 0


def test_a_lease_given_back_is_not_renewed(courier, other):
    courier.leases.take(a_step())
    courier.leases.give_back(a_step())
    courier.leases.renew([a_step()])
    assert other.leases.take(a_step())


def test_a_lease_whose_reply_was_lost_can_be_taken_by_the_same_process_alone(
    proxied_courier, redis_proxy, redis_server
):
    proxied_courier.leases.take(a_step(window=9))
    redis_proxy.lose_reply("evalsha", "soniclayer:lease:*")
    with pytest.raises(CourierAway):
        proxied_courier.leases.take(a_step())
    database = proxied_courier.client.connection_pool.connection_kwargs["db"]
    other = open_test_courier(redis_server.url_of(database))
    assert not other.leases.take(a_step())
    assert proxied_courier.leases.take(a_step())
    close_courier(other)


def test_a_lease_that_could_not_be_given_back_can_be_taken_again(proxied_courier, redis_proxy):
    proxied_courier.leases.take(a_step())
    redis_proxy.refuse()
    with pytest.raises(CourierAway):
        proxied_courier.leases.give_back(a_step())
    redis_proxy.allow()
    assert proxied_courier.leases.take(a_step())


def test_renewing_goes_on_after_redis_was_away(proxied_courier, redis_proxy):
    proxied_courier.leases.take(a_step())
    redis_proxy.refuse()
    with pytest.raises(CourierAway):
        proxied_courier.leases.renew([a_step()])
    redis_proxy.allow()
    proxied_courier.client.pexpire(f"soniclayer:lease:{a_step().key}", 3000)
    proxied_courier.leases.renew([a_step()])
    assert left_ms(proxied_courier, a_step()) > 7000
