"""A browser that is signed in, through nginx: what it may, and what a page of another site cannot make it do."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
from dataclasses import dataclass

import pytest
import requests

OURS = {"Sec-Fetch-Site": "same-origin"}
_NUMBERS = itertools.count()


@dataclass
class Browser:
    """Knows the cookie alone; `headers` as its browser would add them."""

    http: requests.Session
    api: str

    def call(self, method, path, headers=OURS, **options):
        return self.http.request(method, f"{self.api}{path}", headers=headers, timeout=30, **options)


@pytest.fixture
def browser(behind):
    """One that has just signed in."""
    http = behind.site.visitor()
    begun = http.post(f"{behind.api}/session", headers={"X-API-Key": behind.key, **OURS}, timeout=10)
    assert begun.status_code == 200
    return Browser(http, behind.api)


@pytest.fixture
def sound(tmp_path):
    """A file whose bytes were never there before."""
    path = tmp_path / "évening news.flac"
    path.write_bytes(b"fLaC\x00\x00\x00\x22" + b"session" + next(_NUMBERS).to_bytes(8, "big") + bytes(1000))
    return path


def code(answer):
    return answer.status_code, answer.json()["code"]


def test_cookie_is_out_of_reach_of_scripts_other_sites_and_plain_http(behind):
    begun = behind.site.visitor().post(f"{behind.api}/session", headers={"X-API-Key": behind.key}, timeout=10)
    words = {word.strip().lower() for word in begun.headers["Set-Cookie"].split(";")[1:]}
    assert {"httponly", "samesite=strict", "secure", "path=/api/", "max-age=43200"} <= words


def test_a_session_is_told_who_it_is(browser):
    told = browser.call("GET", "/session").json()
    assert told["name"]
    assert 43_000 < told["expires_in_s"] <= 43_200


def test_a_session_uploads_steers_and_deletes(browser, sound):
    with sound.open("rb") as file:
        accepted = browser.call("POST", "/evaluate/", files={"file": (sound.name, file)})
    assert accepted.status_code == 202
    audio_id = accepted.json()["audio_id"]
    assert accepted.headers["Location"] == f"/api/recordings/{audio_id}"
    assert browser.call("GET", f"/recordings/{audio_id}").json()["name"] == sound.name
    assert browser.call("POST", f"/recordings/{audio_id}/cancel").status_code == 200
    assert browser.call("GET", f"/audio/{audio_id}", headers={**OURS, "Range": "bytes=0-3"}).content == b"fLaC"
    assert browser.call("DELETE", f"/recordings/{audio_id}").status_code == 204


def test_a_session_uploads_over_http2(browser, behind, sound):
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("no curl")
    cookie = "; ".join(f"{one.name}={one.value}" for one in browser.http.cookies)
    done = subprocess.run(
        [
            *(curl, "--silent", "--show-error", "--http2", "--cacert", behind.site.certificate),
            *("--header", f"Cookie: {cookie}", "--header", "Sec-Fetch-Site: same-origin"),
            *("--form", f"file=@{sound}", "--write-out", "\n%{http_version} %{http_code}"),
            *("--interface", "127.0.3.1", f"{behind.api}/evaluate/"),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    body, _, status = done.stdout.rpartition("\n")
    assert (status, json.loads(body)["status"]) == ("2 202", "accepted")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://other.example.org"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/evaluate/"),
        ("DELETE", f"/recordings/{'0' * 64}"),
        ("POST", f"/recordings/{'0' * 64}/cancel"),
        ("DELETE", "/session"),
    ],
)
def test_another_sites_page_does_nothing_with_the_cookie(browser, method, path, headers):
    assert code(browser.call(method, path, headers=headers)) == (403, "cross_site")


def test_another_sites_page_may_not_even_ask(browser):
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE"}
    answer = browser.call("OPTIONS", f"/recordings/{'0' * 64}", headers=asked)
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_docs_open_with_the_session_alone(browser, behind):
    page = browser.call("GET", "/docs")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert code(behind.site.visitor().get(f"{behind.api}/docs", timeout=10)) == (401, "no_key")


def test_events_stream_with_the_session_alone(browser):
    with browser.call("GET", "/events", stream=True) as stream:
        assert (stream.status_code, stream.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")


def test_signed_out_is_signed_out(browser):
    assert browser.call("DELETE", "/session").status_code == 204
    assert code(browser.call("GET", "/session")) == (401, "no_key")
