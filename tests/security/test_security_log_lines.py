"""Whatever a client sends, a log has one line for one request, and nothing in it steers a terminal."""

from __future__ import annotations

import itertools
import re

import pytest
from raw_http import form, part, upload_head

_NUMBERS = itertools.count()
BEGINNINGS = {
    "nginx": re.compile(r"127\.0\.0\.1 - - \["),
    "backend": re.compile(r"20\d\d-\d\d-\d\d [\d:.]+ [A-Z]+ +[a-z]"),
}

NASTY = {
    "a new line": "x\n<0>soniclayer: forged request=forged",
    "a carriage return": "x\r<0>soniclayer: forged",
    "a colour": "\x1b[31mred\x1b[0m",
    "a title of a terminal": "\x1b]0;owned\x07",
    "a bell and a backspace": "x\x07\x08\x08y",
    "a C1 control": "x\x9b31m",
    "a line separator": "x\u2028forged\u2029forged\u0085forged",
    "right to left": "\u202egpj.exe",
    "a zero byte": "x\x00y",
    "quotes": 'x" status=200 key="admin',
    "percent signs": "%s%n%(key)s{key}${jndi:ldap://127.0.0.1/x}",
    "escapes": "%0a%0d%1b[31m\\n\\x0a",
    "half a character": "\udcff\udcfe",
    "much": "x" * 6000,
}


def sent_raw(place, head: str, body: bytes = b"") -> None:
    """Whatever the answer is."""
    with place.site.connect() as connection:
        connection.sendall(head.encode("utf-8", "surrogateescape") + body)
        while connection.recv(65536):
            pass


@pytest.fixture
def new_lines(place):
    """The lines that were logged since the test began, of nginx and of the backend."""
    before = {name: len(lines) for name, lines in place.lines().items()}

    def read():
        after = place.lines()
        return {name: lines[before[name] : -1] for name, lines in after.items()}  # the last asks for them

    return read


def check(lines: dict[str, list[str]], most: int) -> None:
    for log, found in lines.items():
        assert len(found) <= most, f"{log}: {found}"
        for line in found:
            assert line.isprintable(), f"{log}: {line!r}"
            assert "\ufffd" not in line, f"{log}: {line!r}"
            assert BEGINNINGS[log].match(line), f"{log}: {line!r}"


@pytest.mark.parametrize("kind", NASTY)
def test_header_stays_within_its_line(place, new_lines, kind):
    sent_raw(
        place,
        f"GET /api/recordings?q=x HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nUser-Agent: {NASTY[kind]}\r\n"
        f"Referer: {NASTY[kind]}\r\nX-Request-ID: {NASTY[kind][:64]}\r\nX-API-Key: {NASTY[kind]}\r\n"
        f"Cookie: soniclayer_session={NASTY[kind]}\r\nAuthorization: Basic {NASTY[kind][:60]}\r\n\r\n",
    )
    check(new_lines(), 1)


@pytest.mark.parametrize("kind", NASTY)
def test_path_and_method_stay_within_their_line(place, new_lines, kind):
    asked = f"/api/recordings/{NASTY[kind]}?q={NASTY[kind]}"
    sent_raw(place, f"GET {asked} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    sent_raw(place, f"{NASTY[kind][:20]} / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    check(new_lines(), 2)


@pytest.mark.parametrize("kind", NASTY)
def test_file_name_and_fields_stay_within_their_line(place, new_lines, kind):
    sound = b"RIFF\x24\x00\x00\x00WAVEfmt " + next(_NUMBERS).to_bytes(8, "big") + bytes(100)
    name = NASTY[kind].encode("utf-8", "surrogateescape")
    file = part("file", sound, "NAME").replace(b"NAME", name.replace(b'"', b"%22"))
    for body in (form(file), form(part("language", name), file), form(part("x", b"x").replace(b'"x"', b'"%s"' % name))):
        head = upload_head(place.key, len(body), at="/api/evaluate/", Connection="close")
        sent_raw(place, head.decode(), body)
    check(new_lines(), 9)  # of each also what has become of it, and what the parser found
