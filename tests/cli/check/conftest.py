"""A server on which every check is content."""

from __future__ import annotations

import contextlib
import subprocess

import pytest
from certificates import authority
from checked_server import DOMAIN, REDIS_PASSWORD, CheckedServer, Door
from redis_server import running_redis

from soniclayer.courier import workers
from soniclayer.courier.connection import connect
from soniclayer.engines.confined import calls, files
from soniclayer.settings import CREDENTIALS_DIRECTORY, Settings, variable_name

__all__ = ["authority"]

OPTIONS = {"requirepass": REDIS_PASSWORD, "maxmemory": "64mb", "save": "3600 1", "appendfsync": "everysec"}


@pytest.fixture(scope="session")
def check_redis():
    with running_redis(**OPTIONS) as server:
        yield server


@pytest.fixture(scope="session")
def door(authority):
    door = Door(*authority.sign(DOMAIN, days=90))
    yield door
    door.close()


@pytest.fixture
def server(root, check_redis, door, authority, monkeypatch):
    """Its Redis is as it was at first; its kernel can confine, whatever that of the machine can."""
    monkeypatch.setattr(workers, "WORKER_GONE_S", 600.0)  # its worker reports once
    monkeypatch.setattr(files, "version", lambda _: 1)
    monkeypatch.setattr(calls, "is_known", lambda _: True)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    for name in [CREDENTIALS_DIRECTORY, *map(variable_name, Settings.model_fields)]:
        monkeypatch.delenv(name, raising=False)
    with connect(check_redis.url, REDIS_PASSWORD) as client:
        client.flushdb()
    server = CheckedServer(check_redis, door)
    yield server
    server.set_redis(**OPTIONS, maxmemory_policy="noeviction", appendonly="yes")
    check_redis.folder.chmod(0o700)
    server.remove()


@pytest.fixture
def door_of(server):
    """Puts another proxy in front of the server."""
    doors = []

    def make(certificate, key, **how):
        doors.append(Door(certificate, key, **how))
        server.use(doors[-1])
        return doors[-1]

    yield make
    for door in doors:
        door.close()


@pytest.fixture
def serving():
    """Ends an HTTP server with the test; `HOST:PORT` of it."""
    servers = []

    def keep(http_server):
        servers.append(http_server)
        return ":".join(map(str, http_server.server_address)) if isinstance(http_server.server_address, tuple) else ""

    yield keep
    for http_server in servers:
        http_server.shutdown()
        http_server.server_close()


@pytest.fixture
def other_redis():
    """Gives a server another Redis, without a password."""
    with contextlib.ExitStack() as stack:

        def make(server, **options):
            redis = stack.enter_context(running_redis(**options))
            for file in ("backend.env", "worker.env"):
                (server.config / file).write_text(f"REDIS_URL={redis.url}\n")
            (server.config / "credentials/redis_password").unlink()
            return redis

        yield make


@pytest.fixture
def few_files(root, tmp_path):
    """A file system for 100 files."""
    folder = tmp_path / "few"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "nr_inodes=100", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)
