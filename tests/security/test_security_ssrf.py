"""Nothing that a client sends makes a process connect to a port or open a file: not a field, a header, or a media file.

There is no upload by URL. What decodes is asked for every file, also for those that the API refuses.
"""

from __future__ import annotations

import contextlib

import pytest
import requests
from hostile_media import box, flac_picture, id3, mp4_with_sound_at, silent_flac
from raw_http import read_answer

from soniclayer.errors import InputError
from soniclayer.pipeline.resume import Resume

HLS = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{place}\n#EXT-X-ENDLIST\n"
DASH = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT2S">'
    '<Period><AdaptationSet mimeType="audio/wav"><Representation id="1" bandwidth="1"><BaseURL>{place}</BaseURL>'
    "</Representation></AdaptationSet></Period></MPD>"
)
SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\na=control:{place}\nm=audio 5004 RTP/AVP 0\n"
IMF = '<?xml version="1.0"?><AssetMap xmlns="http://www.smpte-ra.org/schemas/429-9/2007/AM"><Path>{place}</Path></AssetMap>'
PLAYLISTS = {
    "hls": HLS,
    "hls with a key": HLS.replace("#EXTINF", '#EXT-X-KEY:METHOD=AES-128,URI="{place}"\n#EXTINF'),
    "ffconcat": "ffconcat version 1.0\nfile '{place}'\n",
    "dash": DASH,
    "sdp": SDP,
    "imf": IMF,
    "pls": "[playlist]\nFile1={place}\nNumberOfEntries=1\n",
}


def disguised(playlist: bytes) -> list[bytes]:
    """A playlist as it is, and behind what a sniffer takes for sound."""
    return [playlist, id3(b"TIT2", b"\0title") + playlist, b"RIFF\x24\x00\x00\x00WAVE" + playlist]


def decode(decoder, path) -> None:
    """All that the child does with a file."""
    with contextlib.suppress(InputError):
        list(decoder.prepare(path, "en", Resume()))


def test_canary_tells_of_those_who_come(canary):
    requests.get(canary.url, timeout=10)
    canary.path.read_bytes()
    asked, opened = canary.touched()
    assert asked.startswith(b"GET /canary.wav")
    assert opened == b"canary.wav"


@pytest.mark.parametrize("form", PLAYLISTS)
def test_playlist_leads_nowhere_whatever_it_is_disguised_as(place, decoder, canary, tmp_path, form):
    path = tmp_path / "sent"
    for target in (canary.url, str(canary.path), f"file://{canary.path}", f"file:{canary.path}"):
        for data in disguised(PLAYLISTS[form].format(place=target).encode()):
            path.write_bytes(data)
            decode(decoder, path)
    for number, data in enumerate(disguised(PLAYLISTS[form].format(place=canary.url).encode())):
        assert place.upload(data, f"{form}.wav").status_code == (415 if number == 0 else 202)
    assert canary.touched() == []


@pytest.mark.parametrize("kind", ["url", "alis", "reference movie", "cover of a flac", "cover of an mp3"])
def test_reference_inside_a_media_file_is_not_followed(decoder, canary, tmp_path, kind):
    for target in (canary.url, str(canary.path)):
        path = tmp_path / "sent"
        path.write_bytes(media_that_refers_to(target, kind, tmp_path))
        decode(decoder, path)
    assert canary.touched() == []


def media_that_refers_to(target, kind, folder):
    if kind in {"url", "alis"}:
        return mp4_with_sound_at(folder, kind.ljust(4).encode(), target)
    if kind == "reference movie":
        return reference_movie(target)
    if kind == "cover of a flac":
        return silent_flac(20, blocks=(flac_picture("-->", target.encode()),))
    return id3(b"APIC", b"\0-->\0\3\0" + target.encode()) + silent_flac(20)


def reference_movie(target):
    reference = box(b"rdrf", bytes(4) + b"url " + (len(target) + 1).to_bytes(4, "big") + target.encode() + b"\0")
    movie = box(b"moov", box(b"rmra", box(b"rmda", reference)))
    return box(b"ftyp", b"qt  \0\0\0\0qt  ") + movie + box(b"mdat", bytes(1000))


@pytest.mark.parametrize("field", ["url", "file_url", "source", "language", "personas", "callback"])
def test_address_in_a_field_is_refused_and_not_visited(place, canary, field):
    answer = place.upload(silent_flac(20), **{field: canary.url})
    assert answer.status_code == 422, answer.text
    assert canary.touched() == []


def test_address_in_place_of_a_file_is_no_file(place, canary):
    for body in ({"file": canary.url}, {"url": canary.url}):
        answer = place.http.post(f"{place.api}/evaluate/", data=body, timeout=30)
        assert answer.status_code == 415
        answer = place.http.post(f"{place.api}/evaluate/", files={"file": (None, canary.url)}, timeout=30)
        assert (answer.status_code, answer.json()["code"]) == (422, "no_file")
        assert place.http.post(f"{place.api}/evaluate/", json=body, timeout=30).status_code == 415
    assert canary.touched() == []


def test_address_as_a_file_name_is_a_name(place, canary):
    answer = place.upload(silent_flac(21), canary.url)
    recording = place.http.get(f"{place.api}/recordings/{answer.json()['audio_id']}", timeout=30).json()
    assert recording["name"] == "canary.wav"
    assert canary.touched() == []


def test_address_in_a_header_or_a_query_is_not_visited(place, canary):
    names = (
        "Referer",
        "Origin",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Forwarded-Host",
        "Forwarded",
        "Link",
        "X-Source",
    )
    headers = dict.fromkeys(names, canary.url)
    query = dict.fromkeys(("url", "uri", "q", "file", "src", "next", "callback"), canary.url)
    for path in ("recordings", "health/live", "personas"):
        place.http.get(f"{place.api}/{path}", headers=headers, params=query, timeout=30)
    assert canary.touched() == []


@pytest.mark.parametrize(
    "line", ["GET {url} HTTP/1.1", "GET http://{address}/api/health/live HTTP/1.1", "CONNECT {address} HTTP/1.1"]
)
def test_nginx_is_no_proxy_for_the_world(place, canary, line):
    request = line.format(url=canary.url, address=canary.address)
    with place.site.connect() as connection:
        connection.sendall(f"{request}\r\nHost: {canary.address}\r\nConnection: close\r\n\r\n".encode())
        answer = read_answer(connection)
    assert answer.status in {200, 400, 404, 405}
    assert b"RIFF" not in answer.body
    assert canary.touched() == []
