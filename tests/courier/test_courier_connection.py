from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time

import pytest
import redis
from redis_server import close_courier, open_test_courier, running_redis
from samples import ROOT

from soniclayer.courier.connection import connect, connect_async, courier_errors
from soniclayer.errors import ConfigError, CourierAway, CourierFull

WRONG_URLS = [
    "",
    "localhost",
    "http://localhost:6379",
    "redis://",
    "redis://localhost:port",
    "redis://localhost:99999",
    "unix://",
    "unix:///run/redis.sock?db=first",
    "unix:///run/redis.sock?colour=red",
]


@pytest.mark.parametrize("url", WRONG_URLS)
@pytest.mark.parametrize("open_client", [connect, connect_async])
def test_what_is_no_url_of_redis_is_refused_before_anything_connects(url, open_client):
    with pytest.raises(ConfigError, match="need redis://HOST:PORT/DB or unix://PATH"):
        open_client(url)


@pytest.mark.parametrize(
    "url",
    ["redis://:s3cret@localhost:port", "redis://u:s3cr#et@localhost:1", "s3cret@localhost", "unix://?password=s3cret"],
)
def test_a_refused_url_does_not_show_its_password(url):
    with pytest.raises(ConfigError) as refused:
        connect(url)
    assert "s3cr" not in str(refused.value)
    assert refused.value.__context__ is None


def test_the_password_may_stand_in_the_url_or_beside_it():
    with running_redis(requirepass="secret") as server:
        for url, password in ((server.url, "secret"), (server.url.replace("//", "//:secret@"), None)):
            with connect(url, password) as client:
                assert client.ping()
        with connect(server.url, "wrong") as client, pytest.raises(CourierAway), courier_errors():
            client.ping()


def test_nothing_connects_before_the_first_call(redis_server):
    before = connections(redis_server)
    courier = open_test_courier(redis_server.url)
    assert connections(redis_server) == before
    close_courier(courier)


def test_a_redis_that_is_down_is_away_and_comes_back_without_a_new_client(own_redis, own_courier):
    own_courier.ping()
    own_redis.kill()
    with pytest.raises(CourierAway):
        own_courier.ping()
    own_redis.start()
    own_courier.ping()


def test_a_redis_that_hangs_is_away(own_redis):
    courier = open_test_courier(own_redis.url, answer_s=1.0)
    courier.ping()
    own_redis.pause()
    try:
        with pytest.raises(CourierAway):
            courier.has_epoch()
    finally:
        own_redis.resume()
    courier.ping()
    close_courier(courier)


def test_a_late_answer_is_not_taken_for_that_to_the_next_question(own_redis):
    client = connect(own_redis.url, answer_s=1.0)
    client.set("first", "1")
    client.set("second", "2")
    own_redis.pause()
    with pytest.raises(redis.TimeoutError):
        client.get("first")
    own_redis.resume()
    assert client.get("second") == "2"
    client.close()


def test_a_redis_that_loads_its_data_is_away():
    with running_redis(save="3600 1000000", appendonly="no") as server:
        courier = open_test_courier(server.url)
        courier.client.mset({f"key{number}": "x" * 2000 for number in range(500)})
        courier.client.save()
        server.kill()
        server.options |= {"loading-process-events-interval-bytes": "1024", "key-load-delay": "20000"}  # 10 s
        server.launch()
        wait_for(lambda: "LOADING" in state_of(courier))
        close_courier(courier)


def test_a_redis_that_cannot_write_its_file_is_away(own_redis, own_courier):
    own_courier.client.config_set("appendonly", "no")
    own_courier.client.config_set("save", "3600 1")
    (own_redis.folder / "dump.rdb").mkdir()  # nothing can be renamed to it
    own_courier.client.set("key", "value")
    with pytest.raises(redis.ResponseError):
        own_courier.client.save()
    own_courier.client.bgsave()
    wait_for(lambda: own_courier.client.info("persistence")["rdb_last_bgsave_status"] == "err")
    with pytest.raises(CourierAway, match="MISCONF"):
        own_courier.ping()
    with pytest.raises(CourierAway, match="MISCONF"):
        own_courier.take_reconciling()


def test_a_full_redis_is_told_from_one_that_is_away_in_scripts_and_transactions_too(own_courier, own_redis):
    own_courier.client.config_set("maxmemory", 1)
    calls = [
        own_courier.take_reconciling,
        lambda: own_courier.events.publish("deleted", "a"),
        lambda: pipelined(own_courier.client),
    ]
    for call in calls:
        with pytest.raises(CourierFull):
            call()


def test_any_other_refusal_is_away_too(courier):
    courier.client.set("key", "value")
    with pytest.raises(CourierAway, match="WRONGTYPE"), courier_errors():
        courier.client.lpush("key", "value")


def test_scripts_work_after_redis_has_forgotten_them(own_redis, own_courier):
    assert own_courier.take_reconciling()
    own_redis.restart(wiped=True)
    assert own_courier.take_reconciling()


def test_no_call_is_made_twice_when_its_reply_is_lost(proxied_courier, redis_proxy):
    redis_proxy.lose_reply("incrby")
    with pytest.raises(CourierAway), courier_errors():
        proxied_courier.client.incr("counter")
    assert proxied_courier.client.get("counter") == "1"


def test_a_client_serves_many_threads_and_reconnects_all_of_them(own_redis, own_courier):
    def hammer(name):
        for number in range(50):
            own_courier.client.set(f"{name}:{number}", number)

    for life in range(2):
        threads = [threading.Thread(target=hammer, args=[f"{life}.{number}"]) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        own_redis.restart()
    own_courier.ping()
    assert own_courier.client.dbsize() == 2 * 16 * 50


def test_a_client_that_was_used_before_a_fork_works_on_both_sides(redis_url):
    program = [sys.executable, "-c", FORKING, redis_url]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True, timeout=30)
    assert sorted(done.stdout.split()) == ["child:value", "parent:value"]


def test_the_asynchronous_client_answers_the_same_and_closes(redis_url):
    async def talk():
        async with connect_async(redis_url) as client:
            await client.set("key", "välue")
            return await client.get("key")

    assert asyncio.run(talk()) == "välue"


FORKING = """
import os, sys
from soniclayer.courier.connection import connect
client = connect(sys.argv[1])
client.set("key", "value")
who = "parent" if os.fork() else "child"
for _ in range(100):
    client.incr(who)
    value = client.get("key")
print(f"{who}:{value}" if client.get(who) == "100" else "mixed up", flush=True)
if who == "parent":
    os.wait()
"""


def connections(server):
    with redis.Redis(unix_socket_path=str(server.socket)) as client:
        return len(client.client_list())


def pipelined(client):
    with courier_errors(), client.pipeline() as pipeline:
        pipeline.set("key", "value")
        pipeline.execute()


def state_of(courier):
    try:
        courier.ping()
    except CourierAway as away:
        return str(away).upper()
    return "up"


def wait_for(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
