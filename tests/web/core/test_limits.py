"""How often somebody may call, with Redis and without."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from soniclayer.web.ahead import Ahead
from soniclayer.web.limits import ANSWER_S
from soniclayer.web.policy import Policy, Standing, request_policy

READ = "/personas"


def statuses(client, count, **options):
    return [client.get(READ, **options).status_code for _ in range(count)]


def test_requests_beyond_the_burst_are_refused_with_when_to_come_back(open_client, key_of):
    client = open_client(requests_per_second=1, requests_burst=3)
    headers = {"X-API-Key": key_of["read"]}
    assert statuses(client, 3, headers=headers) == [200, 200, 200]
    answer = client.get(READ, headers=headers)
    assert answer.status_code == 429
    assert answer.json()["code"] == "too_many_requests"
    assert answer.headers["RateLimit-Policy"] == '"requests";q=3;w=3'
    assert answer.headers["RateLimit"].startswith('"requests";r=0;t=')
    assert 1 <= int(answer.headers["Retry-After"]) <= 3


def test_every_answer_tells_what_is_left(open_client, key_of):
    client = open_client(requests_per_second=10, requests_burst=20)
    headers = {"X-API-Key": key_of["read"]}
    told = [client.get(READ, headers=headers).headers["RateLimit"].split(";")[1] for _ in range(3)]
    assert told == ["r=19", "r=18", "r=17"]
    assert client.get(READ, headers=headers).headers["RateLimit-Policy"] == '"requests";q=20;w=2'


@pytest.mark.parametrize(
    ("per_second", "burst", "amount", "window_s"), [(10, 20, 20, 2), (10, 10, 10, 1), (10, 25, 25, 3), (50, 20, 50, 1)]
)
def test_policy_allows_the_burst_and_in_the_long_run_no_more_than_asked(per_second, burst, amount, window_s):
    policy = request_policy(per_second, burst)
    assert (policy.amount, policy.window_s) == (amount, window_s)
    assert policy.amount / policy.window_s <= per_second


def test_one_key_does_not_use_up_what_another_has(open_client, key_of):
    client = open_client(requests_per_second=1, requests_burst=2)
    assert 429 in statuses(client, 5, headers={"X-API-Key": key_of["read"]})
    assert statuses(client, 1, headers={"X-API-Key": key_of["admin"]}) == [200]


def test_key_is_limited_over_all_processes_together(open_client, key_of):
    one, other = (open_client(requests_per_second=1, requests_burst=4) for _ in range(2))
    headers = {"X-API-Key": key_of["read"]}
    found = [status for _ in range(4) for client in (one, other) for status in statuses(client, 1, headers=headers)]
    assert found == [200] * 4 + [429] * 4


def test_where_many_are_allowed_processes_count_ahead_and_allow_no_more(open_client, key_of):
    one, other = (open_client(requests_per_second=10, requests_burst=400) for _ in range(2))  # within 40 s
    headers = {"X-API-Key": key_of["read"]}
    statuses(one, 1, headers=headers)
    told = [int(one.get(READ, headers=headers).headers["RateLimit"].split(";")[1][2:]) for _ in range(5)]
    assert told == [398, 397, 396, 395, 394]
    found = [status for _ in range(200) for client in (one, other) for status in statuses(client, 1, headers=headers)]
    assert 400 - 6 - 2 * 10 <= found.count(200) <= 400 - 6
    assert found[:300] == [200] * 300


def test_calls_that_were_counted_ahead_are_not_counted_again_within_their_window(monkeypatch):
    """A caller who uses few of them would be refused for what it never asked."""
    now_s = 1000.0
    monkeypatch.setattr("soniclayer.web.ahead.time", SimpleNamespace(monotonic=lambda: now_s))
    policy = Policy("uploads", 1000, 60)
    ahead = Ahead()
    ahead.keep("key:a", Standing(policy, True, 975, 60), 24)
    now_s += 59
    assert ahead.take(policy, "key:a") is not None
    now_s += 2
    assert ahead.take(policy, "key:a") is None


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "wrong"}])
def test_callers_without_a_good_key_are_limited_by_their_address(open_client, key_of, headers):
    client = open_client(requests_per_second=1, requests_burst=2)
    assert statuses(client, 3, headers=headers)[2] == 429
    client._transport.client = ("192.0.2.7", 1)
    assert statuses(client, 1, headers=headers) != [429]
    assert statuses(client, 1, headers={"X-API-Key": key_of["read"]}) == [200]


def test_addresses_of_one_ipv6_network_count_together(open_client):
    client = open_client(requests_per_second=1, requests_burst=2)
    found = []
    for host in ("2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1"):
        client._transport.client = (host, 1)
        found += statuses(client, 1)
    assert found == [401, 401, 429, 401]


def test_unknown_paths_are_limited_too(open_client):
    client = open_client(requests_per_second=1, requests_burst=2)
    assert [client.get(f"/{number}").status_code for number in range(3)] == [404, 404, 429]


def test_health_is_never_limited(open_client):
    client = open_client(requests_per_second=1, requests_burst=1)
    answers = [client.get("/health/live") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert "RateLimit" not in answers[0].headers


def test_uploads_have_a_limit_of_their_own(open_client, key_of):
    client = open_client(uploads_per_minute=2)
    client.headers["X-API-Key"] = key_of["write"]
    answers = [client.post("/evaluate/", files={"file": ("a.wav", b"")}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [422, 422, 429]
    assert answers[2].headers["RateLimit-Policy"].endswith('"uploads";q=2;w=60')
    assert 50 <= int(answers[2].headers["Retry-After"]) <= 60
    assert client.post("/session").status_code == 403  # no scope: but not too many


def test_audio_is_counted_apart_so_that_a_player_that_seeks_stops_nothing_else(open_client, key_of):
    client = open_client(requests_per_second=1, requests_burst=3)
    client.headers["X-API-Key"] = key_of["read"]
    answers = [client.get(f"/audio/{'0' * 64}") for _ in range(16)]
    assert [answer.status_code for answer in answers] == [404] * 15 + [429]
    assert answers[0].headers["RateLimit-Policy"] == '"audio";q=15;w=3'
    assert statuses(client, 4) == [200, 200, 200, 429]


def test_who_has_no_key_is_counted_at_audio_as_anywhere(open_client):
    client = open_client(requests_per_second=1, requests_burst=3)
    answers = [client.get(f"/audio/{'0' * 64}").status_code for _ in range(4)]
    assert answers == [401, 401, 401, 429]


@pytest.mark.parametrize("how", ["kill", "pause"])
def test_limits_hold_in_memory_while_redis_is_away(open_client, key_of, own_redis, how):
    client = open_client(redis_url=own_redis.url, requests_per_second=1, requests_burst=40)
    getattr(own_redis, how)()
    began_s = time.monotonic()
    found = statuses(client, 42, headers={"X-API-Key": key_of["read"]})
    took_s = time.monotonic() - began_s
    if how == "pause":
        own_redis.resume()
    assert found == [200] * 40 + [429] * 2
    assert took_s < 42 * ANSWER_S / 2  # one of them waited for Redis, the others not at all


def test_limits_are_shared_again_when_redis_is_back(open_client, key_of, own_redis, monkeypatch):
    monkeypatch.setattr("soniclayer.web.limits.AWAY_S", 0.0)
    client = open_client(redis_url=own_redis.url, requests_per_second=1, requests_burst=2)
    headers = {"X-API-Key": key_of["read"]}
    own_redis.kill()
    assert statuses(client, 3, headers=headers) == [200, 200, 429]
    own_redis.start()
    assert statuses(client, 3, headers=headers) == [200, 200, 429]
    assert client.app.state.services.courier.client.keys("soniclayer:limits*")


def test_who_was_at_the_limit_does_not_wait_for_a_clock_that_was_set_back(open_client, key_of, courier):
    client = open_client(requests_per_second=1, requests_burst=3)
    headers = {"X-API-Key": key_of["read"]}
    assert statuses(client, 4, headers=headers) == [200, 200, 200, 429]
    (key,) = courier.client.keys("soniclayer:limits*")
    courier.client.pexpire(key, courier.client.pttl(key) + 3_600_000)
    assert statuses(client, 4, headers=headers) == [200, 200, 200, 429]
