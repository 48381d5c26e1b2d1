"""Nobody comes to a file by a path of his own, and nobody writes into the headers of an answer.

What no path reaches in the store and beside the dashboard: `test_nginx_audio` and `test_nginx_dashboard`.
"""

from __future__ import annotations

import itertools
import re

import pytest
from raw_http import exchange

_NUMBERS = itertools.count()

UPWARD = [
    "../" * 6,
    "..%2f" * 6,
    "%2e%2e/" * 6,
    "%2e%2e%2f" * 6,
    "..%5c" * 6,
    "..;/" * 6,
    "..%252f" * 6,
    "..%c0%af" * 6,
]
TARGETS = ["config/tls/privkey.pem", "keys.yaml", "etc/passwd", "proc/self/environ"]
PLACES = [
    "/",
    "/js/",
    "/api/",
    "/api/recordings/",
    "/api/audio/",
    "/api/transcripts/",
    "/api/segments/",
    "/api/peaks/",
    "/api/events/",
    "/.well-known/acme-challenge/",
]
DISPOSITION = re.compile(r"attachment; filename=\"[ -!#-\[\]-~]*\"; filename\*=UTF-8''[A-Za-z0-9%._~-]*")
SECRETS = (b"PRIVATE KEY", b"root:x:0:0", b"SONICLAYER_SESSION_KEY", b"sha256:")


def sound() -> bytes:
    return b"RIFF\x24\x00\x00\x00WAVEfmt " + next(_NUMBERS).to_bytes(8, "big") + bytes(100)


@pytest.mark.parametrize("where", PLACES)
def test_no_path_leads_out(place, where):
    for upward in UPWARD:
        for target in TARGETS:
            answer = place.exactly(f"{where}{upward}{target}", X_API_Key=place.key)
            assert answer.status in {400, 404}, f"{where}{upward}{target}: {answer.status}"
            assert not any(secret in answer.body for secret in SECRETS)


@pytest.mark.parametrize("where", PLACES)
def test_no_path_leads_out_where_the_backend_has_no_nginx_before_it(place, where):
    path = where.removeprefix("/api")
    for upward in UPWARD:
        request = f"GET {path}{upward}{TARGETS[0]} HTTP/1.1\r\nHost: a\r\nX-API-Key: {place.key}\r\n\r\n"
        answer = exchange(str(place.site.socket), request.encode())
        assert answer.status == 404
        assert b"PRIVATE KEY" not in answer.body


@pytest.mark.parametrize("audio_id", ["A" * 64, "0" * 63, "0" * 65, "0" * 64 + "%0a", "%ef%bc%90" * 64, "open"])
def test_what_is_no_id_is_no_recording(place, audio_id):
    for path in (
        "recordings/{}",
        "segments/{}",
        "audio/{}",
        "transcripts/{}.txt",
        "summary/{}",
        "peaks/{}",
        "events/{}",
    ):
        answer = place.exactly(f"/api/{path.format(audio_id)}", X_API_Key=place.key)
        assert (answer.status, answer.code) in {(404, "recording_missing"), (404, "not_found")}, path


@pytest.mark.parametrize("persona", ["../../../etc/passwd", "..", "gen_z/../gen_z", "gen_z.yaml", "gen_z%00", "/gen_z"])
def test_persona_is_a_name_and_no_path(place, persona):
    answer = place.upload(sound(), personas=persona)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_field")
    audio_id = place.upload(sound()).json()["audio_id"]
    answer = place.http.post(f"{place.api}/re-evaluate/{audio_id}", params={"persona": persona}, timeout=30)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "name",
    [
        "a%0d%0aX-Injected: yes%0d%0a%0d%0a<script>.wav",
        "a\\r\\nX-Injected: yes.wav",
        'a\\"; filename=evil.html; x=\\".wav',
        "a%22; filename=%22evil.html",
        "a\u2028X-Injected: yes\u0085.wav",
        "a;filename*=UTF-8''evil.html",
        "\u202ehtml.wav",
        "../../evil.html",
    ],
)
def test_name_of_a_file_writes_nothing_into_a_header(place, name):
    audio_id = place.upload(sound(), name).json()["audio_id"]
    for path in (f"audio/{audio_id}?download=1", f"transcripts/{audio_id}.txt?download=1", f"recordings/{audio_id}"):
        answer = place.http.get(f"{place.api}/{path}", timeout=30)
        assert answer.status_code == 200
        assert "X-Injected" not in answer.headers
        said = answer.headers.get("Content-Disposition", "")
        assert DISPOSITION.fullmatch(said) or path.startswith("recordings"), said


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "Forwarded", "X-Forwarded-Server", "X-Host"])
def test_answers_name_no_host_that_a_client_has_made_up(place, header):
    """But for the description of the API: it names the address that it was asked by."""
    headers = {header: "evil.example"}
    data = sound()
    uploaded = place.http.post(f"{place.api}/evaluate/", files={"file": ("a.wav", data)}, headers=headers, timeout=30)
    assert uploaded.headers["Location"].startswith("/api/recordings/")
    signed_in = place.http.post(f"{place.api}/session", headers=headers, timeout=30)
    assert "domain" not in signed_in.headers["Set-Cookie"].lower()
    answers = [uploaded, signed_in]
    for path in (
        "api/recordings",
        f"api{uploaded.headers['Location'][4:]}",
        "api/nothing",
        "css/missing.css",
        "",
        "api",
    ):
        url = f"{place.site.url}/{path}"
        answers.append(place.http.get(url, headers=headers, timeout=30, allow_redirects=False))
    for answer in answers:
        assert "evil.example" not in answer.text
        assert "evil.example" not in str(answer.headers)


@pytest.mark.parametrize(
    "request_id", ["a\tb-12345678", "x" * 65, "short", "abcdefgh%0d%0a", "<script>alert(1)</script>", "é" * 8]
)
def test_request_id_that_is_none_comes_back_in_no_header_and_no_answer(place, request_id):
    headers = {"X-Request-ID": request_id.encode()}
    for path in ("recordings", "nothing", "metrics"):
        answer = place.http.get(f"{place.api}/{path}", headers=headers, timeout=30)
        assert answer.headers["X-Request-ID"] != request_id
        assert request_id not in answer.text
