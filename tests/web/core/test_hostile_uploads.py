"""Uploads as no client library sends them, to a real backend: clear answers, and nothing left in `.incoming`."""

from __future__ import annotations

import itertools

import pytest
from raw_http import WAV, connect, exchange, form, part, read_answer, upload_head
from service import wait_until

NUMBERS = itertools.count()


def audio(size=5000):
    """Bytes that begin like WAV, never the same."""
    return WAV + next(NUMBERS).to_bytes(8, "big") + bytes(size)


@pytest.fixture
def address(real):
    """Where it listens; afterwards nothing may be left of what was sent."""
    yield "127.0.0.1", real.port
    wait_until(lambda: not left(real), 10, lambda: f"left: {left(real)}")


def left(real):
    return list((real.folder / "uploads" / ".incoming").glob("*"))


def arriving(real):
    """Whether an upload is on its way."""
    wait_until(lambda: left(real), 10, real.told)


def test_form_by_hand_is_taken(address, real):
    body = form(part("file", audio(), "a.wav"))
    assert exchange(address, upload_head(real.key, len(body)), body).status == 202


def test_chunked_upload_without_a_length_is_taken(address, real):
    body = form(part("file", audio(), "a.wav"))
    chunks = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (body[:10], body[10:3000], body[3000:])]
    head = upload_head(real.key, None, Transfer_Encoding="chunked")
    assert exchange(address, head, *chunks, b"0\r\n\r\n").status == 202


def test_client_that_cuts_the_connection_leaves_nothing(address, real):
    with connect(address) as connection:
        connection.sendall(upload_head(real.key, 10_000_000) + part("file", audio(1_000_000), "a.wav"))
        arriving(real)


def test_slow_client_is_given_up(address, real):
    with connect(address) as connection:
        connection.sendall(upload_head(real.key, 10_000_000) + part("file", audio(), "a.wav"))
        arriving(real)
        answer = read_answer(connection)
    assert (answer.status, answer.code) == (408, "too_slow")
    assert answer.headers["connection"] == "close"


def test_length_that_promises_too_much_is_given_up_like_a_slow_client(address, real):
    body = form(part("file", audio(), "a.wav"))
    answer = exchange(address, upload_head(real.key, len(body) + 100), body)
    assert (answer.status, answer.code) == (408, "too_slow")


def test_length_that_promises_too_little_cuts_the_form_off(address, real):
    body = form(part("file", audio(), "a.wav"))
    head = upload_head(real.key, len(body) - 100)
    answer = exchange(address, head, body[:-100])
    assert (answer.status, answer.code) == (400, "cut_off")
    assert exchange(address, head, body).status == 400  # what follows is no request


@pytest.mark.parametrize("length", ["-1", "many", "1, 2"])
def test_length_that_is_none_is_refused(address, real, length):
    assert exchange(address, upload_head(real.key, length), form(part("file", audio(), "a.wav"))).status == 400


def test_length_and_chunks_at_once_are_refused(address, real):
    head = upload_head(real.key, 100, Transfer_Encoding="chunked")
    assert exchange(address, head, b"0\r\n\r\n").status == 400


def test_too_much_is_refused_before_it_is_sent(address, real):
    answer = exchange(address, upload_head(real.key, 10**12, Expect="100-continue"))
    assert (answer.status, answer.code) == (413, "too_large")


def test_client_that_asks_first_is_told_to_go_on(address, real):
    body = form(part("file", audio(), "a.wav"))
    with connect(address) as connection:
        connection.sendall(upload_head(real.key, len(body), Expect="100-continue"))
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(body)
        assert read_answer(connection).status == 202


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([part("file", b"words and words " * 1000, "a.wav")], 415),
        ([part("personas", b"nobody"), part("file", audio(), "a.wav")], 422),
    ],
)
def test_what_cannot_be_taken_is_refused_before_all_of_it_came(address, real, parts, status):
    with connect(address) as connection:
        connection.sendall(upload_head(real.key, 10_000_000) + b"".join(parts))
        assert read_answer(connection).status == status  # not 408 for what is still missing


@pytest.mark.parametrize(
    ("key", "file", "status"), [("wrong", audio(30_000_000), 403), (None, b"text " * 6_000_000, 415)]
)
def test_client_that_sends_all_before_it_listens_gets_its_answer(address, real, key, file, status):
    body = form(part("file", file, "a.wav"))
    assert exchange(address, upload_head(key or real.key, len(body)), body).status == status


def test_path_in_the_file_name_stays_in_the_store(address, real):
    body = form(part("file", audio(), "/../../../../tmp/../outside.wav"))
    assert exchange(address, upload_head(real.key, len(body)), body).status == 202
    assert not list(real.folder.parent.rglob("outside.wav"))


def test_garbage_is_refused_and_the_next_client_served(address, real):
    assert exchange(address, b"\x16\x03\x01\x02\x00\x01\x00 no HTTP at all\r\n\r\n").status == 400
    assert real.get("/health/live").status_code == 200
