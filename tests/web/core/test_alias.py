"""The API under its second name on the backend itself: `/api/`, as the dashboard calls it."""

from __future__ import annotations

import pytest

from soniclayer.web.alias import ApiAlias

NOBODY = "0" * 64
PROXY = {"X-Forwarded-For": "198.51.100.4", "X-Forwarded-Prefix": "/api"}


async def seen_through(**scope):
    """The scope as the application sees it."""
    found = {}

    async def application(scope, receive, send):
        found.update(scope)

    await ApiAlias(application)({"type": "http", "root_path": "", **scope}, None, None)
    return found["path"], found["root_path"]


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        ({"path": "/api/recordings"}, ("/api/recordings", "/api")),
        ({"path": "/recordings"}, ("/recordings", "")),
        ({"path": "/apis/recordings"}, ("/apis/recordings", "")),
        ({"path": "/x/api/recordings"}, ("/x/api/recordings", "")),
        ({"path": "/api/v1/recordings", "root_path": "/api/v1"}, ("/api/v1/recordings", "/api/v1")),
        ({"path": "/sonic/api/recordings", "root_path": "/sonic"}, ("/sonic/api/recordings", "/sonic")),
    ],
)
async def test_api_is_a_prefix_only_where_no_proxy_gave_one(scope, seen):
    assert await seen_through(**scope) == seen


@pytest.fixture
def client(open_client, key_of):
    """A client that may do everything."""
    client = open_client()
    client.headers["X-API-Key"] = key_of["admin"]
    return client


@pytest.fixture
def behind_a_proxy(open_client, key_of):
    """A client that is taken for our proxy on this machine."""
    client = open_client(trusted_proxies="127.0.0.1")
    client._transport.client = ("127.0.0.1", 1)
    client.headers.update({"X-API-Key": key_of["admin"], **PROXY})
    return client


@pytest.mark.parametrize("path", ["/recordings", "/personas", "/session", "/health/live", "/openapi.json"])
def test_the_api_answers_under_both_names(client, path):
    plain, named = client.get(path), client.get(f"/api{path}")
    assert (plain.status_code, named.status_code) == (200, 200)
    assert set(plain.json()) == set(named.json())


def test_problems_under_the_second_name_are_the_same(client):
    for path in (f"/recordings/{NOBODY}", "/no/such/path", "/recordings?limit=0"):
        plain, named = client.get(path), client.get(f"/api{path}")
        assert (named.status_code, named.json()["code"]) == (plain.status_code, plain.json()["code"])
    assert client.put("/api/session").headers["Allow"] == client.put("/session").headers["Allow"]


def test_a_key_is_needed_under_both_names(open_client):
    browser = open_client()
    for path in ("/api/recordings", "/api/docs", "/api/openapi.json", "/api/metrics"):
        assert browser.get(path).status_code == 401


def test_metrics_are_free_on_this_machine_under_both_names(open_client):
    local = open_client()
    local._transport.client = ("127.0.0.1", 1)
    assert local.get("/api/metrics").status_code == 200
    assert local.get("/api/metrics", headers={"X-Forwarded-For": "198.51.100.4"}).status_code == 401


def test_the_cookie_and_the_description_are_for_the_name_they_were_asked_by(client):
    assert "Path=/api/" in client.post("/api/session").headers["Set-Cookie"]
    assert "Path=/;" in client.post("/session").headers["Set-Cookie"]
    assert client.get("/api/openapi.json").json()["servers"] == [{"url": "/api"}]
    assert client.get("/openapi.json").json()["servers"] == [{"url": "/"}]


def test_log_and_metrics_know_one_name_of_a_route(client, caplog):
    caplog.set_level("INFO")
    client.get(f"/api/segments/{NOBODY}")
    (record,) = [record for record in caplog.records if record.name == "soniclayer.access"]
    assert (record.keys["route"], record.keys["recording"]) == ("/segments/{audio_id}", NOBODY)
    assert "/api" not in client.get("/metrics").text


def test_through_a_proxy_the_prefix_comes_once(behind_a_proxy):
    assert behind_a_proxy.get("/recordings").status_code == 200
    assert behind_a_proxy.get("/api/recordings").status_code == 404
    assert behind_a_proxy.get("/openapi.json").json()["servers"] == [{"url": "/api"}]


def test_behind_a_proxys_prefix_there_is_no_dashboard(behind_a_proxy):
    for path in ("/", "/index.html", "/js/main.js"):
        assert behind_a_proxy.get(path).status_code == 404
