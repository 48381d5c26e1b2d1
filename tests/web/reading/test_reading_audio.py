"""The recording itself, over HTTP: whole, in ranges, safely."""

from __future__ import annotations

import pytest

from soniclayer.web.media_type import media_type_of


@pytest.fixture
def audio(backend, tmp_path):
    """Its address and its bytes."""
    audio_id = backend.upload(tmp_path)
    return f"/audio/{audio_id}", (tmp_path / "a.flac").read_bytes()


def test_audio_is_what_was_uploaded(backend, audio):
    path, data = audio
    answer = backend.get(path)
    assert answer.content == data
    assert answer.headers["Content-Type"] == "audio/flac"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["ETag"] == f'"{path.rpartition("/")[2]}"'


@pytest.mark.parametrize(
    ("asked", "start", "end"), [("bytes=0-9", 0, 10), ("bytes=100-", 100, None), ("bytes=-16", -16, None)]
)
def test_range_gives_exactly_its_bytes(backend, audio, asked, start, end):
    path, data = audio
    answer = backend.get(path, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, data[start:end])
    assert answer.headers["Content-Range"].endswith(f"/{len(data)}")


def test_several_ranges_come_as_parts(backend, audio):
    path, data = audio
    answer = backend.get(path, headers={"Range": "bytes=0-3,8-15"})
    assert answer.status_code == 206
    assert answer.headers["Content-Type"].startswith("multipart/byteranges")
    assert data[8:16] in answer.content


def test_range_behind_the_end_is_a_416_that_tells_the_length(backend, audio):
    path, data = audio
    answer = backend.get(path, headers={"Range": f"bytes={len(data)}-"})
    assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{len(data)}"


@pytest.mark.parametrize("asked", ["lines=1-2", "bytes=x-y", "bytes", ""])
def test_range_that_is_none_is_ignored(backend, audio, asked):
    path, data = audio
    answer = backend.get(path, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, data)


def test_range_that_runs_backwards_is_a_problem(backend, audio):
    answer = backend.get(audio[0], headers={"Range": "bytes=9-3"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_range_counts_only_while_the_file_is_the_same(backend, audio):
    path, data = audio
    etag = backend.get(path).headers["ETag"]
    same = backend.get(path, headers={"Range": "bytes=0-9", "If-Range": etag})
    other = backend.get(path, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (same.status_code, other.status_code) == (206, 200)
    assert other.content == data


def test_head_tells_size_and_type_alone(backend, audio):
    path, data = audio
    answer = backend.service.http.head(f"{backend.service.url}{path}", timeout=10)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(data))


def test_browser_that_has_it_does_not_get_it_again(backend, audio):
    path, _ = audio
    answer = backend.get(path, headers={"If-None-Match": backend.get(path).headers["ETag"]})
    assert (answer.status_code, answer.content) == (304, b"")


def test_download_carries_the_name_it_came_with(backend, tmp_path):
    audio_id = backend.upload(tmp_path, 'wéird "name"; x.flac')
    assert backend.get(f"/audio/{audio_id}?download=1").headers["Content-Disposition"] == (
        "attachment; filename=\"w_ird _name_; x.flac\"; filename*=UTF-8''w%C3%A9ird%20%22name%22%3B%20x.flac"
    )


def test_browser_runs_nothing_of_a_recording(backend, audio):
    headers = backend.get(audio[0]).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RF64\xff\xff\xff\xffWAVEds64", "audio/wav"),
        (b"ID3\x04\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"OggS\x00\x02", "audio/ogg"),
        (b"\x00\x00\x00\x20ftypM4A ", "audio/mp4"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "audio/webm"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska", "audio/x-matroska"),
        (b"<html><script>alert(1)</script>", "application/octet-stream"),
        (b"<?xml version='1.0'?><svg/>", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_media_type_is_told_by_content(head, media_type):
    assert media_type_of(head) == media_type
