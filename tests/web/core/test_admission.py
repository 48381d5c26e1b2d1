"""Who may call: keys, scopes, sessions; and that every route says what it needs."""

from __future__ import annotations

import pytest

from soniclayer.definitions.keys import add_key, revoke_key
from soniclayer.web.routes import all_routes

SELF_GUARDED = {("/docs", "GET"), ("/metrics", "GET"), ("/openapi.json", "GET")}
"""Each decides by itself: the environment, or where the caller is."""

PUBLIC = {
    ("/health/live", "GET"),
    ("/health/ready", "GET"),
    ("/segments/health", "GET"),
    ("/session", "DELETE"),
}
"""What anybody may ask."""

READ = "/personas"


def code(answer):
    return answer.status_code, answer.json()["code"]


def test_every_route_says_which_scope_it_needs_or_is_known_to_be_public():
    open_to_all = {(route.path, method) for route in all_routes() for method in route.methods if route.needs is None}
    assert {(path, method) for path, method in open_to_all if method != "HEAD"} - SELF_GUARDED == PUBLIC
    writing = {(route.path, method): route.needs for route in all_routes() for method in route.methods}
    unsafe = {at: needs for at, needs in writing.items() if at[1] in {"POST", "DELETE", "PUT", "PATCH"}}
    assert {needs for at, needs in unsafe.items() if at[0] != "/session"} == {"write"}


def test_missing_key_is_401_and_says_which_header(open_client):
    answer = open_client().get(READ)
    assert code(answer) == (401, "no_key")
    assert "X-API-Key" in answer.json()["detail"]
    assert "X-API-Key" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("key", ["wrong", "slk_" + "A" * 43, "x" * 10_000, "\u00e9".encode("latin-1")])
def test_wrong_key_is_403(open_client, key):
    assert code(open_client().get(READ, headers={"X-API-Key": key})) == (403, "wrong_key")


def test_key_without_the_scope_is_403(open_client, key_of):
    client = open_client()
    assert client.get(READ, headers={"X-API-Key": key_of["read"]}).status_code == 200
    answer = client.post("/evaluate/", headers={"X-API-Key": key_of["read"]})
    assert code(answer) == (403, "missing_scope")
    assert "read-key" in answer.json()["detail"]
    assert client.get(READ, headers={"X-API-Key": key_of["admin"]}).status_code == 200


def test_keys_change_without_a_restart(open_client, key_of, keys_file):
    client = open_client()
    assert client.get(READ, headers={"X-API-Key": key_of["read"]}).status_code == 200
    revoke_key(keys_file, "read-key")
    assert code(client.get(READ, headers={"X-API-Key": key_of["read"]})) == (403, "wrong_key")
    fresh = add_key(keys_file, "fresh", ("read",))
    assert client.get(READ, headers={"X-API-Key": fresh}).status_code == 200


def test_damaged_keys_file_keeps_the_keys_there_were(open_client, key_of, keys_file, caplog):
    client = open_client()
    assert client.get(READ, headers={"X-API-Key": key_of["read"]}).status_code == 200
    keys_file.write_text("keys: [oh no")
    assert client.get(READ, headers={"X-API-Key": key_of["read"]}).status_code == 200
    assert client.get(READ, headers={"X-API-Key": key_of["write"] + "x"}).status_code == 403
    assert [record.message for record in caplog.records].count("API keys stay as they were") == 1


def test_no_key_is_in_any_log_line_or_answer(open_client, key_of, caplog):
    client = open_client()
    caplog.set_level("DEBUG")
    answers = [client.get(READ, headers={"X-API-Key": key}) for key in (key_of["read"], "slk_guessed")]
    told = caplog.text + str([record.__dict__ for record in caplog.records]) + "".join(map(str, answers[1].json()))
    assert key_of["read"] not in told
    assert "slk_guessed" not in told
