"""How one gets in: http to https, the path of certificate authorities, TLS, HTTP/2, names and addresses."""

from __future__ import annotations

import http.client
import socket
import ssl
import struct
from contextlib import closing

import pytest
import requests


def handshake(site, protocols=("http/1.1",), **versions):
    context = ssl.create_default_context(cafile=site.certificate)
    context.set_alpn_protocols(list(protocols))
    for name, version in versions.items():
        setattr(context, name, version)
    return context.wrap_socket(socket.create_connection(("127.0.0.1", site.https), 10), server_hostname="127.0.0.1")


def test_http_leads_to_https(behind):
    answer = requests.get(
        f"http://127.0.0.1:{behind.site.http}/api/recordings?q=a%20b", allow_redirects=False, timeout=10
    )
    assert answer.status_code == 301
    assert answer.headers["Location"] == "https://127.0.0.1/api/recordings?q=a%20b"


def test_certificate_authority_finds_its_token_without_tls(behind):
    answer = requests.get(
        f"http://127.0.0.1:{behind.site.http}/.well-known/acme-challenge/token", allow_redirects=False, timeout=10
    )
    assert (answer.status_code, answer.text) == (200, "token.thumbprint")


def test_nothing_but_the_token_comes_without_tls(behind):
    for path in ("/.well-known/acme-challenge/../../../nginx.conf", "/.well-known/acme-challenge/%2e%2e/%2e%2e/x"):
        with closing(http.client.HTTPConnection("127.0.0.1", behind.site.http, timeout=10)) as connection:
            connection.request("GET", path)
            assert connection.getresponse().status in {301, 400, 404}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_of_today_is_spoken(behind, version):
    with handshake(behind.site, minimum_version=version, maximum_version=version) as connection:
        assert connection.version() == version.name.replace("_", ".")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1")
def test_tls_of_yesterday_is_not_spoken(behind):
    context = ssl.create_default_context(cafile=behind.site.certificate)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", behind.site.https), 10) as connection,
        pytest.raises(ssl.SSLError, match=r"(?i)protocol.version|unsupported"),
    ):
        context.wrap_socket(connection, server_hostname="127.0.0.1")


def test_http2_answers(behind):
    with handshake(behind.site, ("h2",)) as connection:
        assert connection.selected_alpn_protocol() == "h2"
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0) + frame(1, 5, 1, REQUEST_HPACK))
        assert first_headers(connection)[0] == STATUS_200


REQUEST_HPACK = b"\x82\x84\x87\x41\x09127.0.0.1"
""":method GET, :path /, :scheme https, :authority 127.0.0.1 (RFC 7541, appendix A)."""

STATUS_200 = 0x88


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def first_headers(connection):
    """The payload of the first HEADERS frame; what nginx says before it about its dynamic table is left out."""
    stream = connection.makefile("rb")
    while True:
        length, kind = int.from_bytes(stream.read(3), "big"), stream.read(1)[0]
        stream.read(5)
        payload = stream.read(length)
        if kind == 1:
            return payload.lstrip(b"\x20\x3f\xe1\x1f")


def test_answers_do_not_tell_the_version_of_nginx(behind):
    assert behind.get("/").headers["Server"] == "nginx"
