"""`soniclayer submit` against a server that is busy, gone, refusing or silent at every moment."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from _thread import interrupt_main
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest
from broadcast_result import broadcast_result
from fake_api import AUDIO_ID, HELD_S, FakeApi
from hypothesis import given
from hypothesis import strategies as st

from soniclayer.cli.submit import api, follow
from soniclayer.cli.submit.body import FormBody
from soniclayer.cli.submit.document import result_of_document
from soniclayer.cli.submit.follow import parse_stream
from soniclayer.export.document import json_document
from soniclayer.main import main
from soniclayer.web.problems import KINDS

LONGEST_S = 60.0
REPO = Path(__file__).parent.parent.parent
DOCUMENT = json.loads(json_document(replace(broadcast_result(), state="completed")))


@pytest.fixture
def server():
    return FakeApi(DOCUMENT)


@pytest.fixture
def url(server):
    with server.serving() as found:
        yield found


@pytest.fixture
def audio(tmp_path):
    path = tmp_path / 'evening "show".mp3'
    path.write_bytes(os.urandom(70_000))
    return path


@dataclass(frozen=True)
class Done:
    """What became of one call."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def submit(monkeypatch, tmp_path, capsys):
    """Runs the command here: a process of its own, as `process` has, takes half a second to start."""
    for name in [name for name in os.environ if name.startswith("SONICLAYER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SONICLAYER_API_KEY", "slk_x")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "no suite runs there"))

    def run(*arguments, url):
        monkeypatch.setenv("SONICLAYER_URL", url)
        deadline = threading.Timer(LONGEST_S, interrupt_main)
        deadline.start()
        code = main(["submit", *map(str, arguments)])
        deadline.cancel()
        return Done(code, *capsys.readouterr())

    return run


@pytest.fixture
def process(submit, url, monkeypatch):
    monkeypatch.setenv("SONICLAYER_URL", url)
    return partial(subprocess.Popen, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=REPO)


@pytest.fixture
def at_once(monkeypatch):
    """What it does again after seconds it does at once: that it does it is what is proved."""
    monkeypatch.setattr(api, "DEFAULT_WAIT_S", 0.05)
    monkeypatch.setattr(follow, "POLL_S", 0.05)


def refusal(status, code="no", title="No", detail="not this", retry_after_s=None):
    headers = {"Retry-After": retry_after_s} if retry_after_s else {}
    return status, {"title": title, "detail": detail, "status": status, "code": code}, headers


def test_the_file_arrives_whole_with_its_name_fields_and_key(submit, server, url, audio):
    done = submit(audio, "--language", "en", "--personas", "gen_z,parent", url=url)
    assert (done.returncode, done.stdout) == (0, f"{AUDIO_ID}  {audio}\n")
    [(headers, body)] = server.uploads
    assert headers["X-API-Key"] == "slk_x"
    assert audio.read_bytes() in body
    assert b'filename="evening %22show%22.mp3"' in body
    assert body.index(b'name="language"\r\n\r\nen\r\n') < body.index(b'name="file"')
    assert b'name="personas"\r\n\r\ngen_z,parent\r\n' in body


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_after_the_time_it_said(submit, server, url, audio, status):
    server.refusals = [refusal(status, retry_after_s=1)]
    began = time.monotonic()
    done = submit(audio, url=url)
    assert done.returncode == 0
    assert len(server.uploads) == 2
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize(
    "refused",
    [
        (401, "no_key", "give one: --key, or SONICLAYER_API_KEY"),
        (403, "wrong_key", "make one on the server: `soniclayer keys add NAME`"),
        (403, "missing_scope", "see `soniclayer keys list` on the server"),
        (413, "too_large", "make it smaller, or raise SONICLAYER_MAX_UPLOAD_BYTES on the server"),
        (415, "not_audio", "docs/input.md lists what is taken"),
    ],
)
def test_a_refusal_is_one_line_with_its_cure(submit, server, url, audio, refused):
    status, code, cure = refused
    server.refusals = [refusal(status, code, "Title", "detail")]
    done = submit(audio, url=url)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"soniclayer: {audio}: Title: detail ({cure})"
    assert KINDS[code].status == status


def test_a_proxy_that_takes_less_than_the_api_is_told_with_what_helps(submit, server, url, audio):
    server.refusals = [(413, "<html>", {"Content-Type": "text/html"})]
    assert "raise SONICLAYER_MAX_UPLOAD_BYTES" in submit(audio, url=url).stderr


def test_a_server_that_is_not_there_is_told_with_a_hint(submit, audio):
    done = submit(audio, "--wait", url="http://127.0.0.1:9")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"soniclayer: {audio}: http://127.0.0.1:9 does not answer: Connection refused; "
        "is the suite running (`soniclayer suite`)?"
    )


def test_one_file_that_is_refused_does_not_stop_the_others(submit, server, url, audio, tmp_path):
    other = tmp_path / "other.mp3"
    other.write_bytes(b"x")
    server.refusals = [refusal(415)]
    done = submit(audio, other, url=url)
    assert done.returncode == 1
    assert len(server.uploads) == 2
    assert done.stdout.count(AUDIO_ID) == 1


@pytest.mark.usefixtures("at_once")
def test_a_connection_that_breaks_in_the_middle_is_tried_again(submit, server, url, audio):
    server.refusals = ["cut"]
    done = submit(audio, url=url)
    assert done.returncode == 0, done.stderr
    assert len(server.uploads) == 2


def test_two_files_are_uploaded_at_a_time(submit, server, url, tmp_path):
    files = [tmp_path / f"{number}.mp3" for number in range(5)]
    for file in files:
        file.write_bytes(file.name.encode())
    server.go_on.clear()

    def let_go():
        end = time.monotonic() + HELD_S / 2
        while server.at_once < 2 and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.5)  # in which a third might come
        server.go_on.set()

    holding = threading.Thread(target=let_go)
    holding.start()
    assert submit(*files, url=url).returncode == 0
    holding.join()
    assert (server.most_at_once, len(server.uploads)) == (2, 5)


def told(event_id, kind, **data):
    return f"id: {event_id}\r\nevent: {kind}\r\ndata: {json.dumps({'audio_id': AUDIO_ID, **data})}\r\n\r\n".encode()


@pytest.mark.usefixtures("at_once")
def test_the_end_is_heard_in_the_events_and_resumed_where_they_broke(submit, server, url, audio):
    server.ended_after_looks = 10**9
    server.stream_parts = [
        told("5-0", "progress", done_s=2, total_s=4, estimated=True),
        told("6-0", "window", window=0),
        told("7-0", "state", state="completed", ended=True),
    ]
    done = submit(audio, "--wait", "--json=-", url=url)
    assert done.returncode == 0, done.stderr
    assert server.streams[:3] == [None, "5-0", "6-0"]
    assert json.loads(done.stdout)["name"] == DOCUMENT["name"]
    assert f"{audio}: completed" in done.stderr


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("status", [404, 502])
def test_without_a_stream_it_looks_again_and_again(submit, server, url, audio, status):
    server.stream_status = status
    server.ended_after_looks = 2
    done = submit(audio, "--wait", url=url)
    assert done.returncode == 0, done.stderr
    assert server.looks == 3


def test_a_recording_that_was_deleted_meanwhile_is_told(submit, server, url, audio):
    server.ended_after_looks = 10**9
    server.stream_parts = [told("5-0", "deleted")]
    done = submit(audio, "--wait", url=url)
    assert f"{audio}: deleted" in done.stderr


def test_ctrl_c_ends_it_and_says_that_the_server_goes_on(process, server, audio):
    server.ended_after_looks = 10**9
    running = process([sys.executable, "-m", "soniclayer", "submit", str(audio), "--wait"])
    assert server.looked.wait(30)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "what was uploaded goes on at the server" in errors


def test_a_missing_file_is_told_before_anything_is_sent(submit, server, url, audio, tmp_path):
    done = submit(audio, tmp_path / "nothing.mp3", tmp_path, url=url)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"soniclayer: {tmp_path}/nothing.mp3: not there",
        f"soniclayer: {tmp_path}: a folder: name the files in it",
    ]
    assert server.uploads == []


MEASURED = """
import sys
from pathlib import Path
from soniclayer.main import main
main(sys.argv[1:])
print(next(line.split()[1] for line in Path("/proc/self/status").open() if line.startswith("VmHWM")))
"""


def test_a_big_file_is_never_in_memory(process, server, tmp_path):
    big = tmp_path / "big.wav"
    with big.open("wb") as file:
        file.truncate(300 * 2**20)
    out, _ = process([sys.executable, "-c", MEASURED, "submit", str(big)]).communicate(timeout=60)
    assert len(server.uploads) == 1
    assert int(out.splitlines()[-1]) * 1024 < 120 * 2**20


@given(data=st.binary(max_size=3000), sizes=st.lists(st.integers(1, 700), min_size=1, max_size=5))
def test_a_form_is_as_long_as_it_says_whatever_the_pieces(data, sizes):
    sent = []
    body = FormBody(io.BytesIO(data), len(data), "x.wav", {"language": "en"}, sent.append)
    length, pieces = len(body), []
    while piece := body.read(sizes[len(pieces) % len(sizes)]):
        pieces.append(piece)
    whole = b"".join(pieces)
    assert len(whole) == length
    boundary = re.search("boundary=(.*)", body.content_type)[1].encode()
    assert whole.endswith(b"\r\n\r\n" + data + b"\r\n--" + boundary + b"--\r\n")
    assert not data or sent[-1] == len(data)


def test_a_file_that_shrinks_while_it_is_sent_is_a_fault():
    body = FormBody(io.BytesIO(b"short"), 100, "x", {})
    assert body.read(8192)
    assert body.read(8192) == b"short"
    with pytest.raises(OSError, match="became shorter"):
        body.read(8192)


def test_a_document_becomes_the_result_it_was_made_from():
    assert json.loads(json_document(result_of_document(DOCUMENT))) == DOCUMENT


def test_events_are_read_as_the_standard_says():
    lines = [b": comment", b"", b"event: a", b"data: 1", b"data:2", b"id: 7", b"", b"data: x", b"", b"retry: 5", b""]
    assert [(e.kind, e.data, e.event_id) for e in parse_stream(lines)] == [
        ("a", ["1", "2"], "7"),
        ("message", ["x"], None),
    ]
