from __future__ import annotations

import pytest
from redis_server import close_courier, open_test_courier

from soniclayer.courier.courier import RECONCILE_EVERY_S, RECONCILING
from soniclayer.errors import CourierAway


@pytest.fixture
def other(redis_url, courier):
    """Another process on the same database."""
    other = open_test_courier(redis_url)
    yield other
    close_courier(other)


def test_an_epoch_begins_when_everything_was_put_there(courier):
    assert not courier.has_epoch()
    assert courier.take_reconciling()
    assert courier.begin_epoch()
    assert courier.has_epoch()


def test_an_epoch_ends_when_redis_loses_its_data_and_not_when_it_restarts(own_redis, own_courier):
    own_courier.take_reconciling()
    own_courier.begin_epoch()
    own_redis.restart()
    assert own_courier.has_epoch()
    own_redis.restart(wiped=True)
    assert not own_courier.has_epoch()


def test_no_epoch_begins_when_redis_lost_its_data_meanwhile(courier, other):
    courier.take_reconciling()
    courier.client.flushdb()
    other.take_reconciling()
    assert not courier.begin_epoch()
    assert not courier.has_epoch()
    assert other.begin_epoch()
    assert other.has_epoch()


def test_an_epoch_begins_though_another_has_taken_over(courier, other):
    courier.take_reconciling()
    courier.client.delete(RECONCILING)
    other.take_reconciling()
    assert courier.begin_epoch()
    assert courier.has_epoch()


def test_one_reconciles_at_a_time(courier, other):
    assert courier.take_reconciling()
    assert not other.take_reconciling()
    other.give_back_reconciling()
    assert not other.take_reconciling()
    courier.give_back_reconciling()
    assert other.take_reconciling()


def test_reconciling_leaves_nothing_behind_however_many_did_it(courier, redis_url):
    courier.take_reconciling()
    courier.begin_epoch()
    courier.give_back_reconciling()
    before = set(courier.client.keys())
    for _ in range(3):
        another = open_test_courier(redis_url)
        assert another.take_reconciling()
        another.give_back_reconciling()
        close_courier(another)
    assert set(courier.client.keys()) == before


def test_the_right_to_reconcile_lapses_unless_it_is_kept(courier, other):
    courier.take_reconciling()
    courier.client.pexpire(RECONCILING, 2000)
    assert courier.keep_reconciling()
    assert courier.client.pttl(RECONCILING) > 20_000
    courier.client.delete(RECONCILING)
    assert not courier.keep_reconciling()
    assert other.take_reconciling()
    assert not courier.keep_reconciling()


def test_reconciling_does_not_wait_for_a_clock_that_was_set_back(courier, other):
    courier.take_reconciling()
    courier.note_reconciled()
    assert not other.take_reconciling(only_when_due=True)
    for key in (RECONCILING, "soniclayer:reconciled"):
        courier.client.pexpire(key, courier.client.pttl(key) + 3_600_000)
    assert courier.reconcile_due_s() <= RECONCILE_EVERY_S
    assert other.take_reconciling(only_when_due=True)


def test_a_right_whose_reply_was_lost_can_be_taken_again(proxied_courier, redis_proxy):
    proxied_courier.keep_reconciling()
    redis_proxy.lose_reply("evalsha", RECONCILING)
    with pytest.raises(CourierAway):
        proxied_courier.keep_reconciling()
    redis_proxy.lose_reply("eval*", RECONCILING)
    with pytest.raises(CourierAway):
        proxied_courier.take_reconciling()
    assert proxied_courier.take_reconciling()


def test_memory_tells_what_is_used_and_what_the_limit_is(own_courier):
    assert own_courier.memory().limit_bytes == 0
    own_courier.client.config_set("maxmemory", 10_000_000)
    memory = own_courier.memory()
    assert memory.limit_bytes == 10_000_000
    assert 0 < memory.used_bytes < 10_000_000
