from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis
from redis_server import RedisServer
from samples import ROOT


def test_what_was_written_outlives_a_kill(own_redis, own_courier):
    own_courier.client.set("key", "value")
    own_redis.restart()
    assert own_courier.client.get("key") == "value"


def test_a_wiped_server_starts_empty(own_redis, own_courier):
    own_courier.client.set("key", "value")
    own_redis.restart(wiped=True)
    assert own_courier.client.dbsize() == 0


def test_a_stopped_server_ends_by_itself_and_keeps_its_data(own_redis, own_courier):
    own_courier.client.set("key", "value")
    own_redis.stop()
    own_redis.start()
    assert own_courier.client.get("key") == "value"


def test_a_paused_server_answers_nothing_until_it_is_resumed(own_redis):
    with redis.Redis.from_url(own_redis.url, socket_timeout=1.0, retry=None) as client:
        own_redis.pause()
        with pytest.raises(redis.TimeoutError):
            client.ping()
        own_redis.resume()
        client.ping()


def test_every_courier_has_a_database_of_its_own(courier, redis_server):
    courier.client.set("key", "value")
    with redis.Redis.from_url(redis_server.url_of(next(redis_server.unused))) as another:
        assert another.dbsize() == 0


def test_a_server_that_cannot_start_shows_its_log():
    server = RedisServer(appendonly="perhaps")
    try:
        with pytest.raises(AssertionError, match="argument must be"):
            server.start()
    finally:
        server.remove()


def test_a_server_ends_when_the_tests_are_killed():
    program = [sys.executable, "-c", KILLED]
    paths = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    started = subprocess.run(program, env=paths, capture_output=True, check=False, timeout=30)
    folder = Path(started.stdout.decode().strip())
    with redis.Redis(unix_socket_path=str(folder / "redis.sock"), retry=None) as client:
        deadline = time.monotonic() + 10
        while answers(client):
            assert time.monotonic() < deadline
    shutil.rmtree(folder)


KILLED = """
import os, signal
from redis_server import RedisServer
server = RedisServer()
server.start()
print(server.folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def answers(client):
    try:
        return client.ping()
    except redis.ConnectionError:
        return False
