"""POST /evaluate/: what is taken, what is refused and how, and that nothing is left behind."""

from __future__ import annotations

import itertools
import json
import shutil

import pytest
from samples import DATA
from service import wait_until

from soniclayer.errors import StoreFull
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings
from soniclayer.web.form import safe_name
from soniclayer.web.fullness import Fullness
from soniclayer.web.limits import Limits

NUMBERS = itertools.count()
JFK = (DATA / "jfk.flac").read_bytes()


def new_wav(more: bytes = b"") -> bytes:
    """A few bytes that begin like WAV, never the same."""
    return b"RIFF\x24\x00\x00\x00WAVEfmt " + next(NUMBERS).to_bytes(8, "big") + bytes(2000) + more


@pytest.fixture
def uploads(tmp_path):
    return tmp_path / "uploads"


def left_in_incoming(uploads):
    return list((uploads / ".incoming").glob("*"))


def upload(client, content, name="a.wav", **fields):
    return client.post("/evaluate/", files={"file": (name, content)}, data=fields)


def refused(answer, status, code):
    """Whether it is this problem, told as RFC 9457 wants it."""
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (problem["type"], problem["status"]) == (f"/problems/{code}", status)
    assert problem["title"]
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    return problem["detail"]


def test_upload_is_stored_byte_for_byte_under_its_hash(client, uploads):
    answer = upload(client, JFK, "speech.flac")
    assert answer.status_code == 202
    audio_id = answer.json()["audio_id"]
    assert answer.headers["Location"] == f"/recordings/{audio_id}"
    assert answer.json()["status"] == "accepted"
    recordings = Recordings(LocalStore(uploads))
    recording = recordings.get(audio_id)
    assert (recording.name, recording.size_bytes) == ("speech.flac", len(JFK))
    with recordings.run(recording).source() as path:
        assert path.read_bytes() == JFK
    assert left_in_incoming(uploads) == []


def test_same_bytes_again_are_the_same_recording(client, uploads):
    content = new_wav()
    first, again = upload(client, content), upload(client, content, "other name.wav", language="de")
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json()["audio_id"] == first.json()["audio_id"]
    assert again.headers["Location"] == first.headers["Location"]
    assert "re-evaluate" in again.json()["hint"]
    recordings = Recordings(LocalStore(uploads))
    assert recordings.run(recordings.get(first.json()["audio_id"])).wanted().options.language is None


def test_cancelled_recording_goes_on_when_its_bytes_come_again(client):
    content = new_wav()
    audio_id = upload(client, content).json()["audio_id"]
    client.post(f"/recordings/{audio_id}/cancel")
    again = upload(client, content)
    assert (again.status_code, again.json()["status"]) == (200, "accepted")
    assert "tried again" in again.json()["hint"]


def test_path_without_its_slash_takes_uploads_too(client):
    assert client.post("/evaluate", files={"file": ("a.wav", new_wav())}).status_code == 202


@pytest.mark.parametrize("order", ["before the file", "after the file"])
def test_language_and_personas_are_frozen_with_the_recording(client, uploads, order):
    fields = [("language", (None, "de")), ("personas", (None, "parent, gen_z"))]
    file = [("file", ("a.wav", new_wav()))]
    answer = client.post("/evaluate/", files=fields + file if order == "before the file" else file + fields)
    assert answer.status_code == 202, answer.text
    recordings = Recordings(LocalStore(uploads))
    wanted = recordings.run(recordings.get(answer.json()["audio_id"])).wanted()
    assert wanted.options.language == "de"
    assert {persona.name for persona in wanted.personas} == {"gen_z", "parent"}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"language": "klingon"}, "no language code"),
        ({"personas": "gen_z,nobody"}, "no nobody; there are: advertiser"),
        ({"persona": "gen_z"}, "there are: file, language, personas"),
        ({"language": "x" * 5000}, "longer than"),
        ({"language": ["en", "de"]}, "two fields"),
    ],
)
def test_wrong_field_is_told_with_what_exists(client, uploads, fields, told):
    assert told in refused(upload(client, new_wav(), **fields), 422, "bad_field")
    assert left_in_incoming(uploads) == []


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"just a text\n" * 500, "text"),
        ("Ein Text mit Umlauten: äöü. ".encode() * 500, "text"),
        (b"short", "text"),
        (b"\xff\xfea\x00b\x00c\x00" * 10, "text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(3000), "PNG"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(3000), "JPEG"),
        (b"PK\x03\x04\x14\x00" + bytes(3000), "zip"),
        (b"%PDF-1.7\n\xe2\xe3" + bytes(3000), "PDF"),
        (b"\x7fELF\x02\x01\x01" + bytes(3000), "program"),
        (b"\x1f\x8b\x08\x00" + bytes(3000), ""),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(3000), ""),
    ],
)
def test_what_is_no_audio_is_refused_by_its_content_whatever_its_name(client, uploads, content, what):
    assert what in refused(upload(client, content, "music.mp3"), 415, "not_audio")
    assert left_in_incoming(uploads) == []


@pytest.mark.parametrize(
    "beginning",
    [
        b"RF64\xff\xff\xff\xffWAVEds64",
        b"ID3\x04\x00\x00\x00\x00\x00\x00",
        b"\xff\xfb\x90\x00",
        b"\xff\xf1\x50\x80",
        b"OggS\x00\x02",
        b"\x00\x00\x00\x20ftypM4A ",
        b"\x00\x00\x00\x1cftypmp42",
        b"\x1aE\xdf\xa3\x01\x00",
        b"\x00" * 100 + b"\xff\xfb\x90\x00",
        b"\x93\x11\x87\xf0 nobody knows this",
    ],
)
def test_what_may_be_audio_is_taken(client, beginning):
    assert upload(client, beginning + new_wav(bytes(5000)), "notes.txt").status_code == 202


def test_text_inside_a_tag_makes_audio_no_text(client):
    assert upload(client, b"ID3" + b"a title in plain words " * 400 + new_wav()).status_code == 202


def test_empty_file_is_refused(client, uploads):
    assert "'a.wav' is empty" in refused(upload(client, b""), 422, "empty")
    assert left_in_incoming(uploads) == []


def test_two_files_are_refused(client, uploads):
    files = [("file", ("a.wav", new_wav())), ("file", ("b.wav", new_wav()))]
    assert "one by one" in refused(client.post("/evaluate/", files=files), 422, "bad_field")
    assert left_in_incoming(uploads) == []


def test_form_without_a_file_is_refused(client):
    refused(client.post("/evaluate/", files={"language": (None, "en")}), 422, "no_file")


def test_forgotten_at_sign_of_curl_is_explained(client):
    assert "-F file=@PATH" in refused(client.post("/evaluate/", files={"file": (None, "a.wav")}), 422, "no_file")


@pytest.mark.parametrize("media_type", ["application/json", "audio/wav", "application/x-www-form-urlencoded", ""])
def test_body_that_is_no_form_is_refused(client, media_type):
    answer = client.post("/evaluate/", content=new_wav(), headers={"Content-Type": media_type})
    assert "curl -F" in refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("boundary", ["", "; boundary=", f"; boundary={'x' * 1000}"])
def test_form_with_no_usable_boundary_is_refused(client, boundary):
    headers = {"Content-Type": f"multipart/form-data{boundary}"}
    refused(client.post("/evaluate/", content=new_wav(), headers=headers), 400, "malformed")


@pytest.mark.parametrize(
    "body",
    [
        b"no form at all",
        b"--b\r\nno header\r\n\r\n",
        b'--b\r\nContent-Disposition: attachment; name="file"\r\n\r\nx\r\n--b--\r\n',
        b"--b\r\nContent-Disposition: form-data; name=x\r\nContent-Transfer-Encoding: base64\r\n\r\neA==\r\n--b--\r\n",
        b"--b\r\nContent-Disposition: form-data; name=file; filename=a\r\n" + b"X-Long: y\r\n" * 5000,
    ],
)
def test_malformed_form_is_refused(client, uploads, body):
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    refused(client.post("/evaluate/", content=body, headers=headers), 400, "malformed")
    assert left_in_incoming(uploads) == []


def test_form_that_ends_in_the_middle_is_refused(client, uploads):
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + new_wav()
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    refused(client.post("/evaluate/", content=body, headers=headers), 400, "cut_off")
    assert left_in_incoming(uploads) == []


def test_file_that_holds_what_looks_like_a_boundary_stays_whole(client, uploads):
    content = new_wav(b"\r\n--limi\r\n--limix\r\n--" * 50)
    body = b'--limit\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + content
    headers = {"Content-Type": "multipart/form-data; boundary=limit"}

    def one_byte_after_the_other():
        yield from ((body + b"\r\n--limit--\r\n")[at : at + 1] for at in range(len(body) + 13))

    answer = client.post("/evaluate/", content=one_byte_after_the_other(), headers=headers)
    assert answer.status_code == 202, answer.text
    recordings = Recordings(LocalStore(uploads))
    with recordings.run(recordings.get(answer.json()["audio_id"])).source() as path:
        assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\show.mp3", "show.mp3"),
        ("/", "recording"),
        ("..", "recording"),
        ("", "recording"),
        ("a\x1b[31mred\x00.wav", "a[31mred.wav"),
        ("%22quoted%22.wav", '"quoted".wav'),
        ("Grüße aus Köln.wav", "Grüße aus Köln.wav"),
        ("x" * 300 + ".flac", "x" * 195 + ".flac"),
        (" \u202egnp.wav ", "gnp.wav"),
    ],
)
def test_file_name_is_kept_without_what_could_do_harm(sent, kept):
    assert safe_name(sent) == kept


def test_path_in_a_file_name_leads_nowhere(client, tmp_path, uploads):
    answer = upload(client, new_wav(), "../../../outside.wav")
    assert Recordings(LocalStore(uploads)).get(answer.json()["audio_id"]).name == "outside.wav"
    assert not list(tmp_path.rglob("outside.wav"))


def test_too_large_upload_is_refused_by_its_announced_length(open_client, key_of):
    client = open_client(max_upload_bytes=10_000)
    client.headers["X-API-Key"] = key_of["write"]
    asked = []

    def body():
        asked.append(1)
        yield b"x"

    answer = client.post(
        "/evaluate/",
        content=body(),
        headers={"Content-Type": "multipart/form-data; boundary=b", "Content-Length": "1000000"},
    )
    assert "10,000 bytes" in refused(answer, 413, "too_large")


def test_too_large_upload_is_refused_while_it_is_read(open_client, key_of, uploads):
    client = open_client(max_upload_bytes=100_000)
    client.headers["X-API-Key"] = key_of["write"]
    given = []

    def body():
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + new_wav()
        for _ in range(1000):
            given.append(10_000)
            yield bytes(10_000)

    answer = client.post("/evaluate/", content=body(), headers={"Content-Type": "multipart/form-data; boundary=b"})
    refused(answer, 413, "too_large")
    assert left_in_incoming(uploads) == []


def test_largest_allowed_file_is_taken(open_client, key_of):
    client = open_client(max_upload_bytes=10_000)
    client.headers["X-API-Key"] = key_of["write"]
    content = new_wav(bytes(10_000))
    assert upload(client, content[:10_000]).status_code == 202
    refused(upload(client, content[:10_001]), 413, "too_large")


def test_nearly_full_disk_refuses_before_anything_is_read(open_client, key_of, uploads):
    client = open_client(min_free_bytes=2**60)
    client.headers["X-API-Key"] = key_of["write"]
    answer = upload(client, new_wav())
    refused(answer, 503, "store_full")
    assert answer.headers["Retry-After"] == "60"
    assert left_in_incoming(uploads) == []


def test_disk_that_fills_up_in_the_middle_leaves_nothing(open_client, key_of, small_disk):
    client = open_client(uploads_dir=small_disk)
    client.headers["X-API-Key"] = key_of["write"]
    answer = upload(client, new_wav(bytes(3 * 2**20)))
    refused(answer, 503, "store_full")
    assert answer.headers["Retry-After"] == "60"
    assert [path for path in small_disk.rglob("*") if path.is_file()] == []
    assert upload(client, new_wav()).status_code == 202


def test_announced_bytes_of_uploads_under_way_count_as_taken(settings, courier):
    ours = settings()
    fullness = Fullness(ours, courier, Limits(ours))
    half = shutil.disk_usage(ours.uploads_dir.parent).free // 2 + 2**30
    with fullness.room_for(half), pytest.raises(StoreFull), fullness.room_for(half):
        pass
    with fullness.room_for(half):
        pass


def test_nearly_full_redis_refuses(open_client, key_of, own_redis):
    client = open_client(redis_url=own_redis.url, max_redis_fill=0.5)
    client.headers["X-API-Key"] = key_of["write"]
    assert upload(client, new_wav()).status_code == 202
    client.app.state.services.courier.client.config_set("maxmemory", "1mb")
    wait_until(lambda: upload(client, new_wav()).status_code == 503, 10)
    answer = upload(client, new_wav())
    refused(answer, 503, "courier_full")
    assert answer.headers["Retry-After"] == "60"


@pytest.mark.parametrize("state", ["dead", "hanging"])
def test_redis_away_is_no_reason_to_refuse(open_client, key_of, own_redis, state):
    client = open_client(redis_url=own_redis.url)
    client.headers["X-API-Key"] = key_of["write"]
    assert upload(client, new_wav()).status_code == 202
    (own_redis.kill if state == "dead" else own_redis.pause)()
    try:
        answer = upload(client, new_wav())
    finally:
        if state == "hanging":
            own_redis.resume()
    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
    assert len(client.app.state.services.recordings.open_ids()) == 2


def test_request_id_goes_with_the_message(client, courier, redis_url):
    client.post("/evaluate/", files={"file": ("a.wav", new_wav())}, headers={"X-Request-ID": "from-a-friend"})
    letters = [json.loads(letter) for letter in courier.client.hvals("dramatiq:prepare.msgs")]
    assert [letter["args"][4] for letter in letters] == ["from-a-friend"]
