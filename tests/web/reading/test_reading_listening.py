"""What people hear of a recording that browsers would not play exactly: the listening copy, where there is one."""

from __future__ import annotations

import pytest
from fake_engine import FakeEngine

KEPT, ASKED_EACH_TIME = "private, max-age=3600", "private, no-cache"


@pytest.fixture
def copied(backend, tmp_path):
    """The audio_id of a recording that has a copy, and the bytes of its source."""
    backend.worker.engine = FakeEngine(unsuited="an MP3 of variable bit rate")
    audio_id = backend.finished(tmp_path)
    return audio_id, (tmp_path / "a.flac").read_bytes()


def test_people_hear_the_copy_where_there_is_one(backend, copied):
    answer = backend.get(f"/audio/{copied[0]}")
    assert answer.content == b"m4a0m4a1m4a2"
    part = backend.get(f"/audio/{copied[0]}", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"m4a1")
    assert 'filename="a.m4a"' in answer.headers["Content-Disposition"]


def test_download_gives_the_bytes_that_were_uploaded(backend, copied):
    audio_id, data = copied
    answer = backend.get(f"/audio/{audio_id}?download=1")
    assert (answer.content, answer.headers["ETag"]) == (data, f'"{audio_id}"')
    assert 'filename="a.flac"' in answer.headers["Content-Disposition"]


def test_copy_has_another_etag_than_the_source(backend, copied):
    audio_id, _ = copied
    answer = backend.get(f"/audio/{audio_id}")
    assert backend.get(f"/audio/{audio_id}", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert backend.get(f"/audio/{audio_id}", headers={"If-None-Match": f'"{audio_id}"'}).status_code == 200


def test_sound_is_kept_by_browsers_only_when_no_copy_may_come_any_more(backend, copied, tmp_path):
    waiting = backend.upload(tmp_path)
    assert backend.get(f"/audio/{waiting}").headers["Cache-Control"] == ASKED_EACH_TIME
    assert backend.get(f"/audio/{waiting}?download=1").headers["Cache-Control"] == KEPT
    backend.worker.engine = FakeEngine()
    backend.worker.until(waiting, "prepare")
    for audio_id in (waiting, copied[0]):
        assert backend.get(f"/audio/{audio_id}").headers["Cache-Control"] == KEPT


def test_recording_without_a_copy_is_heard_as_it_was_uploaded(backend, tmp_path):
    audio_id = backend.finished(tmp_path)
    assert backend.get(f"/audio/{audio_id}").content == (tmp_path / "a.flac").read_bytes()
