from __future__ import annotations

import threading
import time

import pytest
import redis

from soniclayer.courier.connection import courier_errors
from soniclayer.errors import CourierAway

IN_TIME_S = 10.0


def test_commands_pass_in_pipelines_transactions_and_scripts(proxied_courier, redis_proxy):
    client = proxied_courier.client
    with client.pipeline(transaction=True) as pipeline:
        pipeline.set("key", "x" * 100_000)
        pipeline.hset("hash", mapping={"a": "1", "b": "2"})
        pipeline.get("missing")
        assert pipeline.execute() == [True, 2, None]
    assert client.hgetall("hash") == {"a": "1", "b": "2"}
    assert client.eval("return {1, 'two', {3}}", 0) == [1, "two", [3]]
    assert len(client.get("key")) == 100_000
    assert ["GET", "key"] in redis_proxy.seen


def test_a_lost_reply_belongs_to_a_command_that_was_carried_out(proxied_courier, redis_proxy):
    lost = redis_proxy.lose_reply("incrby")
    with pytest.raises(CourierAway):
        increment(proxied_courier)
    assert lost.is_set()
    assert proxied_courier.client.get("counter") == "1"


def test_a_lost_command_was_not_carried_out(proxied_courier, redis_proxy):
    lost = redis_proxy.lose_command("incrby")
    with pytest.raises(CourierAway):
        increment(proxied_courier)
    assert lost.is_set()
    assert proxied_courier.client.get("counter") is None


def test_what_is_to_be_done_after_a_reply_is_done_and_the_reply_arrives(proxied_courier, redis_proxy):
    done = []
    happened = redis_proxy.after_reply("incrby", then=lambda: done.append(proxied_courier.client.get("counter")))
    increment(proxied_courier)
    assert happened.wait(IN_TIME_S)
    assert done == ["1"]


def test_only_the_nth_command_that_fits_all_words_is_lost(proxied_courier, redis_proxy):
    redis_proxy.lose_reply("SET", "soniclayer:*", nth=2)
    client = proxied_courier.client
    client.set("other", 1)
    client.set("soniclayer:a", 1)
    client.get("soniclayer:a")
    with pytest.raises(redis.ConnectionError):
        client.set("soniclayer:b", 1)
    client.set("soniclayer:c", 1)


def test_a_cut_ends_connections_and_new_ones_are_taken(proxied_courier, redis_proxy):
    client = proxied_courier.client
    broken = []
    blocked = threading.Thread(target=lambda: broken.append(error_of(lambda: client.blpop("no", 4))))
    blocked.start()
    wait_for(lambda: any(one["cmd"] == "blpop" for one in client.client_list()))
    redis_proxy.cut()
    blocked.join(IN_TIME_S)
    assert isinstance(broken[0], redis.ConnectionError)
    assert client.ping()


def test_while_it_refuses_redis_is_away(proxied_courier, redis_proxy):
    proxied_courier.ping()
    redis_proxy.refuse()
    with pytest.raises(CourierAway):
        proxied_courier.ping()
    redis_proxy.allow()
    proxied_courier.ping()


def test_a_delay_holds_up_commands(proxied_courier, redis_proxy):
    redis_proxy.delay_s = 0.1
    started_s = time.monotonic()
    proxied_courier.ping()
    assert time.monotonic() - started_s >= 0.1


def increment(courier):
    with courier_errors():
        return courier.client.incr("counter")


def error_of(call):
    try:
        call()
    except redis.RedisError as error:
        return error


def wait_for(condition):
    deadline = time.monotonic() + IN_TIME_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
