"""The API behind /api/: its addresses are right, its doors closed or open, and nginx refuses in the words it uses."""

from __future__ import annotations

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from nginx_site import MAX_UPLOAD_BYTES
from raw_http import read_answer, upload_head


def problem(answer):
    """The status and code of an answer that is a problem as RFC 9457 has it."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told["type"] == f"/problems/{told['code']}"
    assert told["request_id"] == answer.headers["X-Request-ID"]
    assert told["title"]
    assert told["detail"]
    return answer.status_code, told["code"]


def test_location_of_an_upload_leads_to_the_recording(behind, tmp_path):
    answer = behind.upload(tmp_path)
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/recordings/{answer.json()['audio_id']}"
    assert behind.get(answer.headers["Location"]).json()["audio_id"] == answer.json()["audio_id"]


def test_every_link_of_a_recording_leads_somewhere(behind, tmp_path):
    audio_id = behind.upload(tmp_path).json()["audio_id"]
    behind.worker.finish(audio_id)
    links = behind.get(f"/api/recordings/{audio_id}").json()["links"]
    found = {name: behind.http.get(f"{behind.site.url}{link}", timeout=20).status_code for name, link in links.items()}
    assert set(found.values()) == {200}, found
    assert all(link.startswith("/api/") for link in links.values())


def test_documents_name_the_address_that_clients_use(behind):
    assert behind.get("/api/openapi.json").json()["servers"][0]["url"] == "/api"
    assert "https://127.0.0.1/api/evaluate/" in behind.get("/api/docs").text


def test_session_cookie_is_for_the_api_over_tls_alone(behind):
    cookie = behind.http.post(f"{behind.api}/session", timeout=10).headers["Set-Cookie"]
    assert "Path=/api/" in cookie
    assert "Secure" in cookie
    assert "HttpOnly" in cookie


def test_address_without_the_slash_leads_to_the_api(behind):
    answer = behind.get("/api", allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"].endswith("/api/")) == (301, True)


@pytest.mark.parametrize(
    "path", ["/api/metrics", "/api/metrics/", "/api//metrics", "/api/x/../metrics", "/api/%6detrics"]
)
def test_metrics_are_closed_even_to_an_admin(behind, path):
    assert problem(behind.get(path)) == (404, "not_found")


@pytest.mark.parametrize("path", ["/api/health/live", "/api/segments/health"])
def test_health_is_open(behind, path):
    assert behind.site.visitor().get(f"{behind.site.url}{path}", timeout=10).json() == {"status": "ok"}


def test_client_is_counted_by_the_address_it_really_has(behind):
    """What it says of itself in X-Forwarded-For is not believed."""
    stranger = behind.site.visitor(**{"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9"})
    stranger.get(f"{behind.api}/recordings", headers={"X-Request-ID": "who-is-that-then"}, timeout=10)
    assert "client=127." in behind.logged("who-is-that-then")


def test_too_many_requests_of_one_address_are_told_when_to_come_again(behind):
    crowd, other = behind.site.visitor(), behind.site.visitor()
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda _: crowd.get(f"{behind.api}/health/live", timeout=20), range(80)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(answers) - len(refused) >= 20
    assert refused
    assert problem(refused[0]) == (429, "too_many_requests")
    assert refused[0].headers["Retry-After"] == "1"
    assert other.get(f"{behind.api}/health/live", timeout=10).status_code == 200


def test_a_player_may_seek_as_fast_as_a_key_repeats(behind, tmp_path):
    audio_id = behind.upload(tmp_path).json()["audio_id"]

    def part(number):
        headers = {"Range": f"bytes={number}-{number + 9}"}
        return behind.get(f"/api/audio/{audio_id}", headers=headers).status_code

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(part, range(80))) == {206}
    assert behind.get("/api/health/live").status_code == 200


def test_request_that_is_too_large_is_refused_before_it_is_sent(behind):
    with behind.site.connect() as connection:
        connection.sendall(upload_head(behind.key, MAX_UPLOAD_BYTES + 1, Expect="100-continue", at="/api/evaluate/"))
        answer = read_answer(connection)
    assert (answer.status, answer.headers["content-type"]) == (413, "application/problem+json")
    assert answer.code == "too_large"
    assert str(MAX_UPLOAD_BYTES) in json.loads(answer.body)["detail"]


def test_client_that_sends_too_much_all_the_same_hears_why(behind):
    answer = behind.http.post(f"{behind.api}/evaluate/", data=bytes(MAX_UPLOAD_BYTES + 1), timeout=30)
    assert problem(answer) == (413, "too_large")


def test_backend_that_is_away_is_told_as_such(own_site):
    site = own_site()
    answer = site.visitor().get(f"{site.url}/api/recordings", timeout=10)
    assert problem(answer) == (502, "bad_gateway")
    assert answer.headers["Retry-After"] == "5"
    assert site.visitor().get(f"{site.url}/", timeout=10).status_code == 200


def test_backend_that_does_not_answer_is_told_as_such(own_site):
    site = own_site(**{"proxy_read_timeout 180s": "proxy_read_timeout 200ms"})
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(site.socket))
        site.socket.chmod(0o666)
        silent.listen()
        answer = site.visitor().get(f"{site.url}/api/recordings", timeout=10)
    assert problem(answer) == (504, "gateway_timeout")
    assert answer.headers["Retry-After"] == "5"


def test_refusals_of_the_backend_pass_as_they_are(behind):
    answer = behind.get("/api/recordings/nothing")
    assert problem(answer) == (404, "recording_missing")


def test_request_that_a_dying_process_dropped_is_given_to_another(own_site):
    """A backend that drops the first connection after it has read the request, as one that was killed does."""
    site = own_site()
    with socket.socket(socket.AF_UNIX) as backend:
        backend.bind(str(site.socket))
        site.socket.chmod(0o666)
        backend.listen()
        threading.Thread(target=drop_one_answer_one, args=(backend,), daemon=True).start()
        answer = site.visitor().post(f"{site.url}/api/evaluate/", data=b"x", timeout=10)
    assert (answer.status_code, answer.text) == (202, "ok")


def drop_one_answer_one(backend):
    for reply in (b"", b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"):
        connection, _ = backend.accept()
        with connection:
            while not connection.recv(65536).endswith(b"x"):
                pass
            connection.sendall(reply)
