"""The application in the test's own process, and real backends: gunicorn with two processes and its own Redis."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from redis_server import RedisServer
from samples import CONFIG
from service import Service, running_service
from starlette.testclient import TestClient

from soniclayer.definitions.keys import add_key
from soniclayer.settings import Settings
from soniclayer.web.app import create_app
from soniclayer.web.services import build_services

NOBODY_LIMITED = {"requests_per_second": 100_000, "requests_burst": 100_000, "uploads_per_minute": 100_000}


@pytest.fixture
def keys_file(tmp_path):
    """Three keys, by their scope: `key_of["read"]`."""
    return tmp_path / "keys.yaml"


@pytest.fixture
def key_of(keys_file):
    return {scope: add_key(keys_file, f"{scope}-key", (scope,)) for scope in ("read", "write", "admin")}


@pytest.fixture
def settings(tmp_path, redis_url, keys_file, key_of):
    """Makes settings: nobody is limited, unless a test says so."""

    def make(**changes):
        return Settings(
            **{
                "config_dir": CONFIG,
                "uploads_dir": tmp_path / "uploads",
                "run_dir": tmp_path / "run",
                "keys_file": keys_file,
                "redis_url": redis_url,
                "min_free_bytes": 0,
                "session_key": "s" * 32,
                **NOBODY_LIMITED,
                **changes,
            }
        )

    return make


@pytest.fixture
def open_client(settings):
    """Makes a client of an application with these settings; it is closed after the test."""
    with ExitStack() as clients:

        def make(*routes, **changes):
            app = create_app(build_services(settings(**changes)))
            app.router.routes.extend(routes)
            return clients.enter_context(TestClient(app, base_url="http://localhost", raise_server_exceptions=False))

        yield make


@pytest.fixture
def client(open_client, key_of):
    """A client whose key may write."""
    client = open_client()
    client.headers["X-API-Key"] = key_of["write"]
    return client


@pytest.fixture(scope="session")
def shared_core_backend(tmp_path_factory):
    """A real one for all tests here: none of them stops it, or leaves anything in `.incoming`."""
    folder = tmp_path_factory.mktemp("core")
    limits = {"SONICLAYER_UPLOAD_IDLE_S": "3", "SONICLAYER_MAX_UPLOAD_BYTES": str(200 * 2**20)}
    with running_service(folder, Path("/nowhere"), workers=0, **limits) as service:
        yield service


@pytest.fixture
def real(shared_core_backend):
    return shared_core_backend


@pytest.fixture
def own_backend(tmp_path):
    """Makes backends of the test's own, to stop and to kill; `start(service)` starts one again."""
    with ExitStack() as ended:

        def make(*command, **variables):
            redis = RedisServer(appendonly="no")  # nobody kills it; limits wait for its answer 0.25 s at most
            service = Service(tmp_path / "own", Path("/nowhere"), variables, redis)
            ended.callback(service.end)
            service.redis.start()
            service.start("backend", ["backend", *command] if command else None)
            return service

        (tmp_path / "own").mkdir()
        yield make


class NotifySocket:
    """Systemd's end of sd_notify."""

    def __init__(self, path):
        self.path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._socket.settimeout(20)

    def next(self):
        """What is said next, but for WATCHDOG=1."""
        while (said := self.any()) == "WATCHDOG=1":
            pass
        return said

    def any(self):
        """What is said next."""
        return self._socket.recv(4096).decode()

    def close(self):
        self._socket.close()


@pytest.fixture
def systemd():
    """A notify socket; not in `tmp_path`: socket paths are short."""
    with TemporaryDirectory() as folder:
        notified = NotifySocket(Path(folder) / "notify")
        yield notified
        notified.close()
