"""Who sends or reads byte by byte is let go by nginx, and the backend hears nothing of it."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from nginx_site import Site
from raw_http import read_answer, upload_head

PATIENCE_S = 30.0
"""Without a word of ours nginx waits for 60 s."""


@pytest.fixture(scope="module")
def impatient():
    """A site without a backend, whose patience is a second; a socket in the backend's place hears what comes."""
    with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as backend:
        site = Site(Path(folder))
        soon = {
            "client_header_timeout 20s": "client_header_timeout 1s",
            "client_body_timeout 60s": "client_body_timeout 1s",
        }
        site.make(**soon)
        backend.bind(str(site.socket))
        site.socket.chmod(0o666)
        backend.listen()
        backend.setblocking(False)
        site.start()
        try:
            yield site, backend
        finally:
            site.end()


def heard(backend) -> bool:
    with suppress(BlockingIOError):
        backend.accept()[0].close()
        return True
    return False


@pytest.mark.parametrize("sent", [b"", b"GET /api/recordings HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "])
def test_head_that_never_ends_is_cut(impatient, sent):
    site, backend = impatient
    with site.connect() as connection:
        connection.settimeout(PATIENCE_S)
        connection.sendall(sent)
        assert connection.recv(1000) == b""
    assert not heard(backend)


def test_head_that_never_ends_is_cut_where_there_is_no_tls(impatient):
    site, backend = impatient
    with socket.create_connection(("127.0.0.1", site.http), PATIENCE_S) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: ")
        assert connection.recv(1000) == b""
    assert not heard(backend)


def test_handshake_that_never_ends_is_cut(impatient):
    site, _ = impatient
    with socket.create_connection(("127.0.0.1", site.https), PATIENCE_S) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01")
        assert connection.recv(1000) == b""


def test_body_that_never_ends_is_cut_before_the_backend_hears_of_it(impatient):
    site, backend = impatient
    with site.connect() as connection:
        connection.settimeout(PATIENCE_S)
        connection.sendall(upload_head("key", 1_000_000, at="/api/evaluate/") + b"--limit\r\n")
        with suppress(ConnectionError):  # nginx may close without a word
            assert read_answer(connection).status == 408
    assert not heard(backend)
