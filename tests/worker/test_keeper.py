from __future__ import annotations

import logging

import pytest
from redis_server import close_courier, open_test_courier
from worker_place import wait_until

from soniclayer.worker import keeper as keeper_module
from soniclayer.worker.broker import WorkerBroker
from soniclayer.worker.keeper import Keeper
from soniclayer.worker.pulse import Pulse


@pytest.fixture
def make(monkeypatch):
    """Makes a running Keeper on a Redis; it ticks fast, and `lost` tells how often it has said that data may be."""
    monkeypatch.setattr(keeper_module, "TICK_S", 0.01)
    monkeypatch.setattr(keeper_module, "RENEW_S", 0.1)
    made = []

    def make_one(url):
        courier = open_test_courier(url)
        broker = WorkerBroker(courier.broker.client, Pulse())
        lost = []
        keeper = Keeper(courier, broker, lambda: None, lambda: lost.append(1), Pulse())
        monkeypatch.setattr(courier.workers, "report", lambda _: None)
        monkeypatch.setattr(courier.workers, "sign_off", lambda _: None)
        made.append((keeper, courier))
        keeper.lost = lost
        keeper.thread.start()
        return keeper

    yield make_one
    for keeper, courier in made:
        keeper.stop()
        close_courier(courier)


def test_a_redis_that_is_away_is_told_once_and_never_taken_for_there(make, caplog):
    caplog.set_level(logging.INFO)
    keeper = make("unix:///nowhere/redis.sock")
    ticks = []
    keeper._pulse.expect = lambda *_: ticks.append(1)
    wait_until(lambda: len(ticks) > 40)
    assert not keeper.seen.is_set()
    assert keeper.lost == []
    assert [record.message for record in caplog.records].count("Redis is away") == 1


def test_a_redis_that_comes_back_is_told_and_what_is_queued_looked_at(make, own_redis, caplog):
    caplog.set_level(logging.INFO)
    keeper = make(own_redis.url)
    keeper.seen.wait(10)
    own_redis.stop()
    wait_until(lambda: keeper.away)
    keeper.lost.clear()
    own_redis.start()
    wait_until(lambda: not keeper.away)
    assert keeper.lost


def test_a_redis_that_answers_but_takes_no_writes_is_away_until_it_does(
    make, own_redis, own_courier, caplog, monkeypatch
):
    caplog.set_level(logging.INFO)
    keeper = make(own_redis.url)
    monkeypatch.setattr(keeper._courier.workers, "report", lambda _: own_courier.note_reconciled())  # it writes
    keeper.seen.wait(10)
    own_courier.client.config_set("maxmemory", 1)
    wait_until(lambda: keeper.away)
    ticks = []
    keeper._pulse.expect = lambda *_: ticks.append(1)
    wait_until(lambda: len(ticks) > 40)
    assert [record.message for record in caplog.records].count("Redis is back") == 0
    own_courier.client.config_set("maxmemory", 0)
    wait_until(lambda: not keeper.away)
