"""The dashboard's sessions: a cookie that stands for a key, and that no other site's page can use."""

from __future__ import annotations

import time

import pytest

from soniclayer.definitions.keys import revoke_key

READ = "/personas"
COOKIE = "soniclayer_session"
NOBODY = f"/recordings/{'0' * 64}"
"""A recording that is not there: whoever may delete it is told so."""


def code(answer):
    return answer.status_code, answer.json()["code"]


@pytest.fixture
def signed_in(open_client, key_of):
    """A browser that is signed in with the admin's key, and the answer that did it."""
    browser = open_client()
    return browser, browser.post("/session", headers={"X-API-Key": key_of["admin"]})


def test_session_cookie_stands_for_the_key(signed_in):
    browser, answer = signed_in
    assert answer.status_code == 200
    assert browser.get(READ).status_code == 200
    cookie = answer.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie


def test_session_cookie_is_secure_behind_https(open_client, key_of):
    client = open_client(trusted_proxies="127.0.0.1")
    client._transport.client = ("127.0.0.1", 1)
    headers = {"X-API-Key": key_of["admin"], "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/api"}
    cookie = client.post("/session", headers=headers).headers["Set-Cookie"]
    assert "; Secure" in cookie
    assert "Path=/api/" in cookie


def test_signing_out_takes_the_cookie(signed_in):
    browser, _ = signed_in
    assert browser.delete("/session", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 204
    assert code(browser.get(READ)) == (401, "no_key")


def test_revoking_a_key_ends_its_sessions_at_once(signed_in, keys_file):
    browser, _ = signed_in
    revoke_key(keys_file, "admin-key")
    assert code(browser.get(READ)) == (401, "no_session")


@pytest.mark.parametrize("cookie", ["made.up.cookie", "x" * 5000])
def test_forged_cookie_is_no_session(open_client, cookie):
    assert code(open_client().get(READ, headers={"Cookie": f"{COOKIE}={cookie}"})) == (401, "no_session")


def test_cookie_of_another_secret_is_no_session(signed_in, open_client):
    browser, _ = signed_in
    other = open_client(session_key="z" * 32)
    cookie = browser.cookies[COOKIE]
    assert code(other.get(READ, headers={"Cookie": f"{COOKIE}={cookie}"})) == (401, "no_session")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    ],
)
def test_page_of_another_site_cannot_write_with_the_cookie(signed_in, headers):
    browser, _ = signed_in
    assert code(browser.delete(NOBODY, headers=headers)) == (403, "cross_site")


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}])
def test_own_page_can_write_with_the_cookie(signed_in, headers):
    browser, _ = signed_in
    assert code(browser.delete(NOBODY, headers=headers)) == (404, "recording_missing")


def test_session_may_no_more_than_its_key(open_client, key_of):
    browser = open_client()
    begun = browser.post("/session", headers={"X-API-Key": key_of["read"]})
    assert begun.json() == {"name": "read-key", "scopes": ["read"], "expires_in_s": 43_200}
    assert browser.get(READ).status_code == 200
    answer = browser.delete(NOBODY, headers={"Sec-Fetch-Site": "same-origin"})
    assert code(answer) == (403, "missing_scope")


def test_session_needs_a_key_and_not_another_session(signed_in):
    browser, _ = signed_in
    assert code(browser.post("/session", headers={"Sec-Fetch-Site": "same-origin"})) == (401, "no_key")


def test_without_a_secret_there_are_no_sessions(open_client, key_of):
    answer = open_client(session_key=None).post("/session", headers={"X-API-Key": key_of["admin"]})
    assert code(answer) == (404, "no_sessions")
    assert "SONICLAYER_SESSION_KEY" in answer.json()["detail"]


def test_session_tells_whose_it_is_and_what_is_left_of_it(signed_in, monkeypatch):
    browser, begun = signed_in
    assert begun.json()["expires_in_s"] == 43_200
    now_s = time.time()
    monkeypatch.setattr(time, "time", lambda: now_s + 3600)
    answer = browser.get("/session")
    assert answer.json()["name"] == "admin-key"
    assert answer.json()["scopes"] == ["admin"]
    assert 39_590 <= answer.json()["expires_in_s"] <= 39_600
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_key_is_told_who_it_is_too_and_does_not_expire(open_client, key_of):
    answer = open_client().get("/session", headers={"X-API-Key": key_of["read"]})
    assert answer.json() == {"name": "read-key", "scopes": ["read"], "expires_in_s": None}


def test_nobody_has_no_session(open_client):
    assert code(open_client().get("/session")) == (401, "no_key")


def test_session_of_a_revoked_key_has_ended(signed_in, keys_file):
    browser, _ = signed_in
    revoke_key(keys_file, "admin-key")
    assert code(browser.get("/session")) == (401, "no_session")


def test_calls_of_a_session_count_as_those_of_its_key(open_client, key_of):
    browser = open_client(requests_per_second=1, requests_burst=4)
    browser.post("/session", headers={"X-API-Key": key_of["read"]})
    browser._transport.client = ("192.0.2.7", 1)  # somewhere else
    assert [browser.get(READ).status_code for _ in range(4)] == [200, 200, 200, 429]
    browser.cookies.clear()
    assert browser.get(READ, headers={"X-API-Key": key_of["read"]}).status_code == 429


def test_session_ends_after_a_working_day(signed_in, monkeypatch):
    browser, _ = signed_in
    now_s = time.time()
    monkeypatch.setattr(time, "time", lambda: now_s + 43_202)
    cookie = {"Cookie": f"{COOKIE}={browser.cookies[COOKIE]}"}
    browser.cookies.clear()
    assert code(browser.get("/session", headers=cookie)) == (401, "no_session")


def test_signing_in_never_takes_over_a_cookie_that_was_brought_along(signed_in, open_client, key_of):
    attacker, _ = signed_in
    planted = attacker.cookies[COOKIE]
    victim = open_client()
    victim.cookies.set(COOKIE, planted)
    begun = victim.post("/session", headers={"X-API-Key": key_of["read"]})
    assert begun.json()["name"] == "read-key"
    given = begun.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
    assert given != planted
    victim.cookies.clear()
    asked = victim.get("/session", headers={"Cookie": f"{COOKIE}={given}"})
    assert asked.json()["name"] == "read-key"


def test_signing_out_from_another_sites_page_is_refused(signed_in):
    browser, _ = signed_in
    assert code(browser.delete("/session", headers={"Sec-Fetch-Site": "cross-site"})) == (403, "cross_site")
    assert browser.get("/session").status_code == 200


def test_docs_open_in_a_browser_that_is_signed_in(signed_in, open_client):
    browser, _ = signed_in
    page = browser.get("/docs")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert code(open_client().get("/docs")) == (401, "no_key")
