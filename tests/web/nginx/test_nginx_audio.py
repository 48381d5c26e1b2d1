"""GET /api/audio/{id}: the backend looks at the key, nginx sends the bytes."""

from __future__ import annotations

import os
import pwd

import pytest
from nginx_site import WEB_USER


@pytest.fixture
def own_file_modes():
    """For tests in which nginx's user is another than ours."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to be somebody else")


@pytest.fixture
def audio(behind, tmp_path):
    """Its path and its bytes."""
    audio_id = behind.upload(tmp_path, 100_000).json()["audio_id"]
    return f"/api/audio/{audio_id}", (tmp_path / "a.flac").read_bytes()


def test_audio_is_what_was_uploaded(behind, audio):
    path, data = audio
    answer = behind.get(path)
    assert (answer.status_code, answer.content) == (200, data)
    assert answer.headers["Content-Type"] == "audio/flac"
    assert answer.headers["ETag"] == f'"{path.rpartition("/")[2]}"'
    assert answer.headers["Cache-Control"] == "private, no-cache"  # there may be a listening copy later
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Disposition"].startswith('inline; filename="a.flac"')
    assert "RateLimit" in answer.headers


@pytest.mark.usefixtures("own_file_modes")
def test_nginx_sends_the_bytes_itself(behind, audio):
    """One that its user cannot read is not sent, though the backend could read it."""
    path, _ = audio
    with behind.service.run(path.rpartition("/")[2]).source() as source:
        source.chmod(0o600)
    assert (behind.get(path).status_code, behind.get(path).json()["code"]) == (404, "not_found")


def test_nobody_gets_audio_without_a_key(behind, audio):
    for headers in ({}, {"X-API-Key": "wrong" * 9}):
        answer = behind.site.visitor(**headers).get(f"{behind.site.url}{audio[0]}", timeout=10)
        assert answer.status_code in {401, 403}
        assert b"fLaC" not in answer.content


@pytest.mark.parametrize(
    ("asked", "start", "end"), [("bytes=0-9", 0, 10), ("bytes=100-", 100, None), ("bytes=-16", -16, None)]
)
def test_range_gives_exactly_its_bytes(behind, audio, asked, start, end):
    path, data = audio
    answer = behind.get(path, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, data[start:end])
    assert answer.headers["Content-Range"].endswith(f"/{len(data)}")
    assert answer.headers["ETag"] == f'"{path.rpartition("/")[2]}"'


def test_range_counts_only_while_the_file_is_the_same(behind, audio):
    path, data = audio
    etag = behind.get(path).headers["ETag"]
    same = behind.get(path, headers={"Range": "bytes=0-9", "If-Range": etag})
    other = behind.get(path, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (same.status_code, other.status_code, other.content) == (206, 200, data)


def test_range_behind_the_end_is_the_problem_that_the_api_tells(behind, audio):
    path, data = audio
    answer = behind.get(path, headers={"Range": f"bytes={len(data)}-"})
    assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{len(data)}"


def test_several_ranges_come_as_parts(behind, audio):
    path, data = audio
    answer = behind.get(path, headers={"Range": "bytes=0-3,8-15"})
    assert (answer.status_code, data[8:16] in answer.content) == (206, True)


def test_head_tells_size_and_type_alone(behind, audio):
    path, data = audio
    answer = behind.http.head(f"{behind.site.url}{path}", timeout=10)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(data))
    assert answer.headers["Content-Type"] == "audio/flac"


def test_browser_that_has_it_does_not_get_it_again(behind, audio):
    path, _ = audio
    answer = behind.get(path, headers={"If-None-Match": behind.get(path).headers["ETag"]})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.usefixtures("own_file_modes")
def test_nginx_sends_the_listening_copy_itself(behind, audio):
    path, data = audio
    run = behind.service.run(path.rpartition("/")[2])
    with run.receive() as incoming:
        incoming.local_file().write_bytes(b"\0\0\0\x1cftypM4A " + bytes(1000))
        run.publish_listening(incoming)
    whole, part = behind.get(path), behind.get(path, headers={"Range": "bytes=4-7"})
    assert (whole.status_code, part.status_code, part.content) == (200, 206, b"ftyp")
    assert (whole.headers["Content-Type"], len(whole.content)) == ("audio/mp4", 1012)
    assert whole.headers["ETag"] == part.headers["ETag"] == f'"{run.recording.audio_id}.{run.recording.run}"'
    assert whole.headers["Cache-Control"] == "private, max-age=3600"
    assert behind.get(f"{path}?download=1").content == data
    with run.listening() as copy:
        copy.chmod(0o600)
    assert behind.get(path).status_code == 404


def test_client_does_not_choose_which_files_nginx_sends(behind, audio):
    """A mapping of the client's own is replaced by ours, also where nothing is sent by nginx."""
    path, data = audio
    answer = behind.get(path, headers={"X-Accel-Mapping": f"{behind.site.root}/uploads=/nowhere"})
    assert (answer.status_code, answer.content) == (200, data)


@pytest.mark.parametrize(
    "path",
    [
        "/.uploads/{source}",
        "/.uploads/../../config/tls/privkey.pem",
        "/.uploads../config/tls/privkey.pem",
        "/%2euploads/{source}",
        "//.uploads/{source}",
        "/api/../.uploads/{source}",
        "/api/audio/..%2f..%2f.uploads/{source}",
        "/api/audio/{audio_id}/../../../.uploads/{source}",
        "/../uploads/{source}",
    ],
)
def test_files_are_reached_by_no_path(behind, audio, path):
    audio_id = audio[0].rpartition("/")[2]
    run = behind.service.recordings.get(audio_id).run
    asked = path.format(audio_id=audio_id, source=f"{audio_id}/{run}/source")
    status, body = behind.site.exactly(asked, **{"X-API-Key": behind.key})
    assert b"fLaC" not in body
    assert b"PRIVATE KEY" not in body
    assert status in {400, 404} or b"<title>SonicLayer</title>" in body


def test_recording_deleted_meanwhile_is_told_as_missing(behind, audio):
    path, _ = audio
    behind.http.delete(f"{behind.api}/recordings/{path.rpartition('/')[2]}", timeout=10)
    assert behind.get(path).status_code == 404


@pytest.mark.usefixtures("own_file_modes")
def test_nginx_reads_what_it_sends_and_nothing_else_of_a_recording(behind, audio):
    run = behind.service.run(audio[0].rpartition("/")[2])
    with run.receive() as incoming:
        run.publish_listening(incoming)
    with run.source() as source:
        folder = source.parent
    readable = {path.name for path in folder.rglob("*") if path.is_file() and read_as(WEB_USER, path)}
    assert readable == {"source", "listening.m4a"}
    assert not read_as("nobody", folder / "source")


def read_as(user, path):
    """Whether a user can read a file."""
    entry = pwd.getpwnam(user)
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            os.close(os.open(path, os.O_RDONLY))
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0
