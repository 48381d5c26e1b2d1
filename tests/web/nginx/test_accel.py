"""Who may ask the backend to leave a file to them: a proxy behind its unix socket, and nobody else."""

from __future__ import annotations

import asyncio
import ipaddress

import pytest
from raw_http import exchange

from soniclayer.web.proxy import TrustedProxy


@pytest.fixture
def audio_id(behind, tmp_path):
    return behind.upload(tmp_path).json()["audio_id"]


def ask(behind, audio_id, **headers):
    """Asks the backend on its socket, as nginx does."""
    told = {"Host": "x", "X-API-Key": behind.key, **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return exchange(str(behind.site.socket), f"GET /audio/{audio_id} HTTP/1.1\r\n{lines}\r\n".encode())


def test_proxy_that_sends_files_is_told_which(behind, audio_id):
    answer = ask(behind, audio_id, X_Accel_Mapping=f"{behind.site.root}/uploads/=/.uploads/")
    run = behind.service.recordings.get(audio_id).run
    assert answer.headers["x-accel-redirect"] == f"/.uploads/{audio_id}/{run}/source"
    assert answer.body == b""
    assert answer.headers["content-type"] == "audio/flac"


@pytest.mark.parametrize("mapping", ["", "/elsewhere/=/.uploads/", "=/.uploads/", "/", "relative=/x", "/=relative"])
def test_proxy_that_does_not_send_this_file_gets_its_bytes(behind, audio_id, mapping):
    answer = ask(behind, audio_id, X_Accel_Mapping=mapping)
    assert "x-accel-redirect" not in answer.headers
    assert answer.body.startswith(b"fLaC")


def test_nobody_without_a_key_is_told_where_a_file_lies(behind, audio_id):
    answer = ask(behind, audio_id, X_API_Key="wrong", X_Accel_Mapping="/=/")
    assert (answer.status, answer.code) == (403, "wrong_key")
    assert "x-accel-redirect" not in answer.headers


@pytest.mark.parametrize("trusted", [(), ("127.0.0.1",)])
def test_mapping_that_came_over_tcp_is_not_believed(trusted):
    """Not even from an address whose other headers are: a proxy there cannot read our files."""
    seen = {}

    async def app(scope, *_):
        seen.update(scope)

    scope = {
        "type": "http",
        "client": ("127.0.0.1", 5),
        "server": ("127.0.0.1", 8000),
        "headers": [(b"x-accel-mapping", b"/=/")],
        "path": "/",
    }
    asyncio.run(TrustedProxy(app, [ipaddress.ip_address(one) for one in trusted])(scope, None, None))
    assert "soniclayer.accel_mapping" not in seen
