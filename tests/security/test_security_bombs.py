"""What is small on its way and vast when it is opened: memory, disk and time stay bounded."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path

import pytest
from hostile_media import box, flac_picture, id3, nested_mp4, silent_flac, vast_png
from raw_http import form, part
from sound_files import tone, write_audio

from soniclayer.errors import InputError
from soniclayer.pipeline.resume import Resume

_NUMBERS = itertools.count()
DAY_S = 86_400.0
MOST_MORE_BYTES = 150e6
"""Beyond what the child takes for some seconds of sound; a cover of 65,535 x 65,535 pixels alone would take 17 GB."""


def fault_of(decoder, path: Path) -> str | None:
    """Why the child refuses a file; None when it does not."""
    try:
        list(decoder.prepare(path, "en", Resume()))
    except InputError as refused:
        return refused.code
    return None


@pytest.fixture
def peak_bytes(decoder, tmp_path):
    """How much more memory the child has taken than for a file as people have them."""
    fault_of(decoder, write_audio(tmp_path / "plain.wav", tone(20)))

    def read() -> int:
        status = Path(f"/proc/{decoder.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024

    before, pid = read(), decoder.pid

    def more() -> int:
        assert decoder.pid == pid, "the child died"
        return read() - before

    return more


@pytest.mark.parametrize("announced_s", [0, 20, DAY_S])
def test_a_day_of_silence_in_some_kilobytes_is_refused_after_the_longest_allowed(
    decoder, peak_bytes, tmp_path, announced_s
):
    path = tmp_path / "day.flac"
    path.write_bytes(silent_flac(DAY_S, announced_s=announced_s))
    assert path.stat().st_size < 100_000
    assert fault_of(decoder, path) == "too_long"
    assert peak_bytes() < MOST_MORE_BYTES


HOSTILE = {
    "a vast cover": (silent_flac(20, blocks=(flac_picture("image/png", vast_png()),)), None),
    "a cover that says it is larger": (
        silent_flac(20, blocks=(flac_picture("image/png", b"x", announced_bytes=2**32 - 1),)),
        None,
    ),
    "a vast cover before an MP3": (id3(b"APIC", b"\0image/png\0\3\0" + vast_png()) + silent_flac(20), None),
    "a tag that says it is larger": (id3(b"TIT2", b"\0x", announced_bytes=2**28 - 1) + silent_flac(20), "undecodable"),
    "a hundred thousand tags": (silent_flac(20, blocks=(b"\x04\x00\x00\x08" + bytes(8),) * 100_000), None),
    "boxes in boxes": (nested_mp4(5_000), "undecodable"),
    "very many boxes": (box(b"ftyp", b"M4A \0\0\0\0M4A ") + box(b"free", b"") * 200_000, "undecodable"),
    "boxes of no size": (box(b"ftyp", b"M4A \0\0\0\0M4A ") + b"\0\0\0\1moov" + bytes(100_000), "undecodable"),
    "a box beyond 64 bits": (box(b"ftyp", b"M4A \0\0\0\0M4A ") + b"\0\0\0\1moov" + b"\xff" * 8, "undecodable"),
    "elements in elements": (
        b"\x1aE\xdf\xa3\x80" + b"\x18S\x80g\x01\xff\xff\xff\xff\xff\xff\xff" * 10_000,
        "undecodable",
    ),
    "chunks of no size": (b"RIFF\xff\xff\xff\xffWAVE" + b"LIST\0\0\0\0" * 100_000, "undecodable"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_small_file_that_says_it_is_vast_takes_no_more_memory(decoder, peak_bytes, tmp_path, kind):
    data, fault = HOSTILE[kind]
    path = tmp_path / "hostile"
    path.write_bytes(data)
    assert fault_of(decoder, path) in {fault, "no_audio" if fault else None}
    assert peak_bytes() < MOST_MORE_BYTES


def test_compressed_request_is_not_unpacked(place):
    sound = b"RIFF\x24\x00\x00\x00WAVEfmt " + next(_NUMBERS).to_bytes(8, "big") + bytes(30_000_000)
    packed = gzip.compress(form(part("file", sound, "a.wav")), 1)
    headers = {"Content-Type": "multipart/form-data; boundary=limit", "Content-Encoding": "gzip"}
    answer = place.http.post(f"{place.api}/evaluate/", data=packed, headers=headers, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert list((place.site.root / "uploads/.incoming").glob("*")) == []


@pytest.mark.parametrize("field", ["personas", "language"])
def test_field_without_end_is_refused_at_its_beginning(place, field):
    answer = place.upload(b"RIFF\x24\x00\x00\x00WAVE", **{field: "x" * 5_000_000})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_field")


def test_form_of_ten_thousand_parts_is_refused(place):
    body = form(*(part("language", b"en") for _ in range(10_000)))
    headers = {"Content-Type": "multipart/form-data; boundary=limit"}
    answer = place.http.post(f"{place.api}/evaluate/", data=body, headers=headers, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_field")


@pytest.mark.parametrize("kind", ["the same byte", "single bytes", "all of it", "the last bytes"])
def test_ten_thousand_ranges_give_no_more_than_the_file_holds_and_their_heads(place, kind):
    size = 40_000
    audio_id = place.upload(b"RIFF\x24\x00\x00\x00WAVE" + next(_NUMBERS).to_bytes(8, "big") + bytes(size)).json()[
        "audio_id"
    ]
    one = {"the same byte": "0-0", "single bytes": None, "all of it": "0-", "the last bytes": "-9"}[kind]
    for count in (500, 10_000):
        ranges = ",".join(one or f"{2 * number}-{2 * number}" for number in range(count))
        answer = place.http.get(f"{place.api}/audio/{audio_id}", headers={"Range": f"bytes={ranges}"}, timeout=60)
        assert answer.status_code in {200, 206, 400, 416}
        assert len(answer.content) < size + count * 400


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/api/recordings?q=" + "x" * 10_000, {}),
        ("/" + "a/" * 5_000, {}),
        ("/api/recordings", {"X-API-Key": "k" * 10_000}),
        ("/api/recordings", {"Cookie": "soniclayer_session=" + "c" * 10_000}),
        ("/api/recordings", {f"X-Odd-{number}": "x" * 1000 for number in range(50)}),
    ],
    ids=["query", "path", "key", "cookie", "headers"],
)
def test_request_with_a_vast_head_is_refused(place, path, headers):
    answer = place.exactly(path, **headers)
    assert answer.status in {400, 414, 431}
    assert len(answer.body) < 2000


def test_cookie_as_large_as_nginx_lets_through_is_no_session(place):
    answer = place.exactly("/api/recordings", Cookie="soniclayer_session=" + "." * 7000)
    assert (answer.status, answer.code) == (401, "no_session")


@pytest.mark.parametrize("number", ["9" * 400, "1e9", "-1", "0x10", "٣", "1" + "0" * 5000])
def test_number_that_is_none_is_refused_before_it_is_computed(place, number):
    answer = place.http.get(f"{place.api}/recordings", params={"limit": number}, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_query")
