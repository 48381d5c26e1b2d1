"""Segments, summary, peaks and transcripts over HTTP, while a recording is worked on and after."""

from __future__ import annotations

import csv
import io
import json

import pysubs2
import pytest

from soniclayer.export import export
from soniclayer.jobs.so_far import result_so_far
from soniclayer.storage.codec import decode
from soniclayer.web.answers import Segments

FORMS = ("txt", "html", "srt", "vtt", "json", "csv")


def seen(answer):
    return {"If-None-Match": answer.headers["ETag"]}


def test_segments_come_window_by_window(backend, tmp_path):
    audio_id = backend.upload(tmp_path)
    counts = []
    for step in ("prepare", "transcribe.0000", "transcribe.0001", "transcribe.0002"):
        backend.worker.until(audio_id, step)
        body = backend.get(f"/segments/{audio_id}").json()
        counts.append((len(body["segments"]), body["complete"]))
    assert counts == [(0, False), (1, False), (2, False), (3, False)]
    backend.worker.finish(audio_id)
    assert backend.get(f"/segments/{audio_id}").json()["complete"]


def test_segments_are_unchanged_until_something_is_computed(backend, tmp_path):
    audio_id = backend.upload(tmp_path)
    while backend.worker.step(audio_id):
        answer = backend.get(f"/segments/{audio_id}")
        again = backend.get(f"/segments/{audio_id}", headers=seen(answer))
        assert (again.status_code, again.content) == (304, b"")
    assert backend.get(f"/segments/{audio_id}", headers=seen(answer)).status_code == 304


def test_segments_have_another_etag_after_every_step_that_shows_in_them(backend, tmp_path):
    audio_id = backend.upload(tmp_path)
    before = backend.get(f"/segments/{audio_id}")
    while name := backend.worker.step(audio_id):
        answer = backend.get(f"/segments/{audio_id}", headers=seen(before))
        if name != "prepare":
            assert answer.status_code == 200, name
            before = answer


def test_finished_segments_are_those_that_are_stored(backend, tmp_path):
    audio_id = backend.finished(tmp_path)
    body = decode(Segments, backend.get(f"/segments/{audio_id}").content)
    assert body == Segments(audio_id, True, backend.service.run(audio_id).segments().segments)
    assert {e.persona for e in body.segments[0].evaluations} == {"gen_z", "tradie"}


def test_any_listed_etag_and_the_star_count(backend, tmp_path):
    audio_id = backend.finished(tmp_path)
    etag = backend.get(f"/segments/{audio_id}").headers["ETag"]
    for value in (f'"x", {etag}', f"W/{etag}", "*"):
        assert backend.get(f"/segments/{audio_id}", headers={"If-None-Match": value}).status_code == 304
    assert backend.get(f"/segments/{audio_id}", headers={"If-None-Match": '"x"'}).status_code == 200


def test_summary_that_is_not_there_yet_is_a_409_that_says_when_to_come_again(backend, tmp_path):
    answer = backend.get(f"/summary/{backend.upload(tmp_path)}")
    assert (answer.status_code, answer.json()["code"], answer.json()["state"]) == (409, "not_yet", "accepted")
    assert int(answer.headers["Retry-After"]) > 0


def test_summary_that_never_comes_is_a_409_that_says_so(backend, tmp_path):
    audio_id = backend.upload(tmp_path)
    backend.post(f"/recordings/{audio_id}/cancel")
    answer = backend.get(f"/summary/{audio_id}")
    assert (answer.status_code, answer.json()["code"]) == (409, "never")
    assert "Retry-After" not in answer.headers


def test_summary_and_peaks_are_answered_once(backend, tmp_path):
    audio_id = backend.finished(tmp_path)
    for what in ("summary", "peaks"):
        answer = backend.get(f"/{what}/{audio_id}")
        assert answer.status_code == 200
        assert backend.get(f"/{what}/{audio_id}", headers=seen(answer)).status_code == 304
    assert backend.get(f"/summary/{audio_id}").json()["duration_s"] == 60.0


@pytest.mark.parametrize("form", FORMS)
def test_transcripts_are_what_the_command_line_exports(backend, tmp_path, form):
    audio_id = backend.finished(tmp_path, "évening «news».flac")
    answer = backend.get(f"/transcripts/{audio_id}.{form}")
    assert answer.content.decode() == export(result_so_far(backend.service.run(audio_id)), form)
    assert answer.headers["X-Complete"] == "true"
    assert "filename*=UTF-8''%C3%A9vening%20%C2%ABnews%C2%BB." + form in answer.headers["Content-Disposition"]
    assert backend.get(f"/transcripts/{audio_id}.{form}", headers=seen(answer)).status_code == 304


def test_subtitles_of_a_finished_recording_are_read_by_players(backend, tmp_path):
    audio_id = backend.finished(tmp_path)
    for form in ("srt", "vtt"):
        lines = pysubs2.SSAFile.from_string(backend.get(f"/transcripts/{audio_id}.{form}").text)
        assert len(lines) >= 3
        assert lines[0].plaintext.startswith("word0.")


def test_transcripts_hold_what_there_is_so_far(backend, tmp_path):
    audio_id = backend.upload(tmp_path)
    backend.worker.until(audio_id, "transcribe.0001")
    answers = {form: backend.get(f"/transcripts/{audio_id}.{form}") for form in FORMS}
    assert {answer.headers["X-Complete"] for answer in answers.values()} == {"false"}
    assert len(answers["json"].json()["segments"]) == 2
    assert answers["json"].json()["state"] == "processing"
    assert len(list(csv.DictReader(io.StringIO(answers["csv"].text)))) == 2
    assert "0:20  word0." in answers["txt"].text


def test_transcripts_can_be_downloaded(backend, tmp_path):
    audio_id = backend.finished(tmp_path)
    assert (
        backend.get(f"/transcripts/{audio_id}.srt?download=1").headers["Content-Disposition"].startswith("attachment;")
    )
    assert backend.get(f"/transcripts/{audio_id}.srt").headers["Content-Disposition"].startswith("inline;")
    assert backend.get(f"/transcripts/{audio_id}.srt?download=yes").json()["code"] == "bad_query"


def test_format_that_there_is_not_is_a_404(backend, tmp_path):
    answer = backend.get(f"/transcripts/{backend.finished(tmp_path)}.docx")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_hand_made_page_of_finished_segments_is_json_like_any_other(backend, tmp_path):
    audio_id = backend.finished(tmp_path)
    assert list(json.loads(backend.get(f"/segments/{audio_id}").text)) == ["audio_id", "complete", "segments"]
