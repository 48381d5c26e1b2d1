"""What browsers are told with every answer, whoever gave it."""

from __future__ import annotations

import re

import pytest
from service import wait_until

EXPECTED = {
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


@pytest.fixture
def answers(behind, tmp_path):
    """One answer of each kind, by what it is."""
    audio_id = behind.upload(tmp_path).json()["audio_id"]
    audio = f"/api/audio/{audio_id}"
    stranger = behind.site.visitor()
    return {
        "page": behind.get("/"),
        "style": behind.get("/css/base.css"),
        "no file": behind.get("/css/missing.css"),
        "api": behind.get("/api/recordings"),
        "docs": behind.get("/api/docs"),
        "report": behind.get(f"/api/transcripts/{audio_id}.html"),
        "refused by the backend": stranger.get(f"{behind.api}/recordings", timeout=10),
        "missing": behind.get("/api/nothing"),
        "refused by nginx": behind.get("/api/metrics"),
        "audio": behind.get(audio),
        "part of audio": behind.get(audio, headers={"Range": "bytes=0-9"}),
        "audio that is known": behind.get(audio, headers={"If-None-Match": "*"}),
        "no part of audio": behind.get(audio, headers={"Range": "bytes=9999999-"}),
    }


def test_every_answer_has_the_headers_that_protect_a_browser_once(answers):
    for kind, answer in answers.items():
        for name, value in EXPECTED.items():
            assert answer.headers.get(name) == value, f"{name} of {kind}: {answer.headers.get(name)}"
        assert "camera=()" in answer.headers["Permissions-Policy"], kind


def test_every_answer_has_one_policy_that_forbids_what_it_does_not_name(answers):
    for kind, answer in answers.items():
        policy = answer.headers["Content-Security-Policy"]
        assert policy.count("default-src 'none'") == 1, f"{kind}: {policy}"
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy or policy.startswith("sandbox"), kind


def test_report_keeps_the_policy_that_lets_it_run_nothing_and_comes_compressed(answers):
    policy = answers["report"].headers["Content-Security-Policy"]
    assert re.fullmatch(r"sandbox; default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; img-src data:; .*", policy)
    assert answers["report"].headers["Content-Encoding"] == "gzip"


def test_every_answer_has_one_request_id(answers):
    for kind, answer in answers.items():
        assert re.fullmatch(r"[A-Za-z0-9._-]{8,64}", answer.headers["X-Request-ID"]), kind


def test_docs_page_keeps_the_policy_that_allows_its_style(answers):
    assert re.search(r"style-src 'sha256-[A-Za-z0-9+/=]+'", answers["docs"].headers["Content-Security-Policy"])


def test_request_id_of_a_client_goes_through_to_the_backend_and_into_both_logs(behind):
    answer = behind.get("/api/recordings", headers={"X-Request-ID": "from-the-client-1"})
    assert answer.headers["X-Request-ID"] == "from-the-client-1"
    nginx_log = behind.site.folder / "soniclayer.access.log"
    wait_until(lambda: "from-the-client-1" in nginx_log.read_text(), 20)  # it is written after the answer
    assert behind.logged("from-the-client-1")


def test_request_id_that_is_none_is_replaced(behind):
    answer = behind.get("/api/metrics", headers={"X-Request-ID": 'x", "code": "ok'})
    assert answer.json()["code"] == "not_found"
    assert re.fullmatch("[0-9a-f]{32}", answer.json()["request_id"])


def test_answers_in_json_come_compressed(behind):
    assert behind.get("/api/openapi.json").headers["Content-Encoding"] == "gzip"
