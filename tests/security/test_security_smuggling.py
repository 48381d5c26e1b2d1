"""Requests that two servers might read in two ways, through nginx: each is refused, or is one request and no more."""

from __future__ import annotations

import contextlib
import itertools
import re
from hashlib import sha256

import pytest
from raw_http import form, part, upload_head

_NUMBERS = itertools.count()

AMBIGUOUS = {
    "length and chunks": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": "Content-Length: 0\r\nContent-Length: 300\r\n\r\n",
    "the same length twice": "Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
    "lengths in a list": "Content-Length: 0, 300\r\n\r\n",
    "length with a sign": "Content-Length: +0\r\n\r\n",
    "negative length": "Content-Length: -1\r\n\r\n",
    "length in hexadecimal": "Content-Length: 0x0\r\n\r\n",
    "length beyond 64 bits": "Content-Length: 18446744073709551616\r\n\r\n",
    "unknown encoding": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked not last": "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked after identity": "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "space before the colon": "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "folded header": "X-Long: a\r\n Transfer-Encoding: chunked\r\n\r\n",
    "folded encoding": "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "NUL in a header": "X-Odd: a\0b\r\n\r\n",
    "CR in a header": "X-Odd: a\rTransfer-Encoding: chunked\r\n\r\n",
    "no host": None,
    "two hosts": "Host: 127.0.0.1\r\n\r\n",
    "chunk beyond 64 bits": "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n",
    "negative chunk": "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "chunk that is longer than it says": "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
}


def hidden() -> tuple[str, str]:
    """A request that must never arrive, and the recording that it asks for, as logs would tell it."""
    audio_id = sha256(f"hidden {next(_NUMBERS)}".encode()).hexdigest()
    return f"GET /api/recordings/{audio_id} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", audio_id


def say(site, sent: bytes) -> bytes:
    """All that nginx answers until it closes."""
    answered = b""
    with site.connect() as connection, contextlib.suppress(ConnectionError):
        connection.sendall(sent)
        while piece := connection.recv(65536):
            answered += piece
    return answered


def statuses(answered: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d\d\d) ", answered)]


@pytest.mark.parametrize("kind", AMBIGUOUS)
def test_request_that_can_be_read_in_two_ways_is_refused_with_all_that_follows(place, kind):
    request, audio_id = hidden()
    host = "" if AMBIGUOUS[kind] is None else "Host: 127.0.0.1\r\n"
    head = f"POST /api/re-evaluate/{'0' * 64} HTTP/1.1\r\n{host}{AMBIGUOUS[kind] or chr(13) + chr(10)}"
    answered = say(place.site, head.encode() + request.encode())
    assert statuses(answered) in ([400], [501])
    assert not any(audio_id in line for line in place.lines()["backend"])


def test_what_nginx_refuses_itself_has_the_headers_that_protect_a_browser(place):
    answered = say(place.site, b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
    assert statuses(answered) == [400]
    head = answered.partition(b"\r\n\r\n")[0]
    for name in (b"Strict-Transport-Security", b"Content-Security-Policy", b"X-Content-Type-Options", b"X-Request-ID"):
        assert name in head
    assert b"nginx/" not in answered


def test_words_behind_the_size_of_a_chunk_are_passed_over(place):
    body = form(part("file", b"RIFF\x24\x00\x00\x00WAVEfmt chunks", "a.wav"))
    head = upload_head(place.key, None, at="/api/evaluate/", Transfer_Encoding="chunked", Connection="close")
    chunk = b'%x;name="value; 0";\t%s\r\n%s\r\n' % (len(body), b"x" * 1000, body)
    assert statuses(say(place.site, head + chunk + b"0\r\n\r\n")) == [202]


def test_request_in_the_body_of_another_is_a_body(place):
    request, audio_id = hidden()
    body = form(part("file", b"RIFF\x24\x00\x00\x00WAVE\r\n\r\n" + request.encode(), "a.wav"))
    head = upload_head(place.key, len(body), at="/api/evaluate/", Connection="close")
    assert statuses(say(place.site, head + body)) == [202]
    assert not any(audio_id in line for line in place.lines()["backend"])


@pytest.mark.parametrize("end", ["%0d%0a", "%0a", "%0d", "%00", "%20HTTP/1.1%0d%0a", "%E5%98%8A%E5%98%8D"])
def test_end_of_line_in_a_path_begins_no_header_and_no_request(place, end):
    request, audio_id = hidden()
    hiding = request.replace("\r\n", "%0d%0a").replace(" ", "%20")
    for path in ("/api/recordings/x", "/api/segments/x", "/x"):
        answer = place.exactly(f"{path}{end}X-Forwarded-For:%20203.0.113.9{end}{end}{hiding}")
        assert answer.status in {400, 401, 404}
        assert not any("203.0.113.9" in value for value in answer.headers.values())
    lines = place.lines()["backend"]
    assert not any(f"recording={audio_id}" in line or "client=203" in line for line in lines)


def test_http_0_9_and_1_0_get_one_answer_and_the_connection_ends(place):
    request, audio_id = hidden()
    old = say(place.site, b"GET /api/health/live\r\n" + request.encode())
    assert audio_id.encode() not in old
    assert statuses(say(place.site, b"GET /api/health/live HTTP/1.0\r\n\r\n" + request.encode())) == [200]
    refused = say(
        place.site, b"POST /api/evaluate/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + request.encode()
    )
    assert len(statuses(refused)) == 1
    assert not any(audio_id in line for line in place.lines()["backend"])


def test_nobody_is_upgraded_to_another_protocol(place):
    for upgrade in ("h2c", "websocket", "h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"):
        line = "GET /api/health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection:"
        head = f"{line} Upgrade, HTTP2-Settings\r\nUpgrade: {upgrade}\r\n\r\n{line} close\r\n\r\n"
        assert statuses(say(place.site, head.encode())) == [200, 200]


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND", "G\0ET", "get", "DEBUG"])
def test_methods_that_nobody_needs_are_refused(place, method):
    answered = say(
        place.site, f"{method} /api/recordings HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
    )
    assert statuses(answered) in ([400], [401], [404], [405])
    assert b"X-API-Key: " not in answered


def test_no_header_makes_another_request_of_it(place):
    answer = place.upload(b"RIFF\x24\x00\x00\x00WAVEfmt override")
    address = f"{place.site.url}{answer.headers['Location']}"
    names = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
    overrides = {**dict.fromkeys(names, "DELETE"), "X-Original-URL": "/metrics", "X-Rewrite-URL": "/metrics"}
    assert place.http.get(f"{address}?_method=DELETE", headers=overrides, timeout=30).json()["audio_id"]
    place.http.post(f"{address}/retry", headers=overrides, data={"_method": "DELETE"}, timeout=30)
    assert place.http.get(address, timeout=30).status_code == 200
