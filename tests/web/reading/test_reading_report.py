"""The report over HTTP: a page that browsers show and that can do nothing there."""

from __future__ import annotations

import re

import pytest
import requests
from dashboard.chromium import running_chromium

from soniclayer.export.html_report import page_policy

SESSION = "soniclayer_session"


@pytest.fixture
def session(backend):
    """Who has signed in, as a browser does: with a cookie and no key."""
    with requests.Session() as browser:
        signed = browser.post(f"{backend.service.url}/session", headers={"X-API-Key": backend.service.key}, timeout=30)
        assert signed.ok
        yield browser


def test_the_report_comes_as_a_page_that_may_do_nothing(backend, tmp_path):
    answer = backend.get(f"/transcripts/{backend.finished(tmp_path)}.html")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"] == f"sandbox; {page_policy()}; frame-ancestors 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "unsafe" not in page_policy()
    assert "script-src" not in page_policy()


def test_other_transcripts_have_no_policy_of_their_own(backend, tmp_path):
    answer = backend.get(f"/transcripts/{backend.finished(tmp_path)}.txt")
    assert "style-src" not in answer.headers.get("Content-Security-Policy", "")


def test_the_report_is_downloaded_with_a_session(backend, session, tmp_path):
    audio_id = backend.finished(tmp_path, "évening <news>.flac")
    answer = session.get(f"{backend.service.url}/transcripts/{audio_id}.html?download=1", timeout=30)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Content-Disposition"].endswith("filename*=UTF-8''%C3%A9vening%20%3Cnews%3E.html")
    assert "<bdi>évening &lt;news&gt;.flac</bdi></h1>" in answer.text
    nobody = requests.get(f"{backend.service.url}/transcripts/{audio_id}.html?download=1", timeout=30)
    assert nobody.status_code == 401


def test_the_report_of_an_unfinished_recording_changes_with_every_window(backend, tmp_path):
    audio_id = backend.upload(tmp_path)
    seen = []
    for step in ("transcribe.0000", "transcribe.0001"):
        backend.worker.until(audio_id, step)
        answer = backend.get(f"/transcripts/{audio_id}.html")
        again = backend.get(f"/transcripts/{audio_id}.html", headers={"If-None-Match": answer.headers["ETag"]})
        assert (answer.headers["X-Complete"], again.status_code) == ("false", 304)
        assert again.headers["Content-Security-Policy"].startswith("sandbox;")
        seen.append(len(re.findall(r'<li id="segment-', answer.text)))
    assert seen == [1, 2]


def test_the_report_tells_when_the_recording_came_and_which_models_heard_it(backend, tmp_path):
    audio_id = backend.finished(tmp_path)
    run = backend.service.run(audio_id)
    document = backend.get(f"/transcripts/{audio_id}.json").json()
    options = run.wanted().options
    assert document["uploaded_at"] == run.recording.uploaded_at
    assert document["models"] == [options.speech_model, options.label_model]
    assert f"models {', '.join(sorted(document['models']))}" in backend.get(f"/transcripts/{audio_id}.html").text


def test_a_browser_shows_the_served_report_with_its_style_and_runs_nothing(backend, session, tmp_path):
    audio_id = backend.finished(tmp_path)
    with running_chromium() as chromium:
        context = chromium.new_context()
        context.add_cookies([{"name": SESSION, "value": session.cookies[SESSION], "url": backend.service.url}])
        page, said = context.new_page(), []
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{backend.service.url}/transcripts/{audio_id}.html")
        assert page.locator("h1").inner_text() == "a.flac"
        assert page.evaluate("getComputedStyle(document.querySelector('.facts')).display") == "grid"
        assert page.evaluate("origin") == "null"
        assert said == []
