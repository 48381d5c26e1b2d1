"""A real Redis for tests: `redis_server` is shared, `courier` is on a clean database, `own_redis` may be killed."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
import redis

from soniclayer.courier.broker import StepBroker
from soniclayer.courier.connection import ANSWER_S, connect
from soniclayer.courier.courier import Courier

DATABASES = 10_000
UP_S = 20.0
"""A Redis that is not up by then will not come up; it takes 21 ms alone."""

WITH_US = ("setpriv", "--pdeathsig", "KILL")
"""It ends when the thread that started it does, however tests end."""


class RedisServer:
    """`redis-server` on a unix socket, with its data in a folder of its own (socket paths are short, tmp_path is not).

    Every write is in its append-only file before it is answered, so a SIGKILL loses nothing that was answered; with
    `appendfsync="everysec"` it may lose what was answered in the last two seconds.
    `options` are those of its configuration file, e.g. `RedisServer(maxmemory="2mb", requirepass="secret")`.
    """

    def __init__(self, **options: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="redis-"))
        self.socket = self.folder / "redis.sock"
        self.options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
            "maxmemory-policy": "noeviction",
            "databases": str(DATABASES),
            **options,
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Database 0."""
        return self.url_of(0)

    def url_of(self, database: int) -> str:
        return f"unix://{self.socket}?db={database}"

    def start(self, *, wiped: bool = False) -> None:
        """Start it, with the data it had or with none; returns when it answers."""
        if wiped:
            self.wipe()
        self.launch()
        self._wait_until_up()

    def launch(self) -> None:
        """Start it and return at once."""
        assert self.process is None, "it runs already"
        self.socket.unlink(missing_ok=True)
        options = [word for name, value in self.options.items() for word in (f"--{name}", value)]
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen([*WITH_US, "redis-server", *options], stdout=log, stderr=log)

    def wipe(self) -> None:
        """Remove its data; only while it is down."""
        assert self.process is None, "it still runs"
        shutil.rmtree(self.folder / "appendonlydir", ignore_errors=True)
        (self.folder / "dump.rdb").unlink(missing_ok=True)

    def kill(self) -> None:
        """SIGKILL."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM: it ends by itself."""
        self._end(signal.SIGTERM)

    def restart(self, *, wiped: bool = False) -> None:
        """Kill it and start it again."""
        self.kill()
        self.start(wiped=wiped)

    def pause(self) -> None:
        """Let it hang: it takes connections and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    def remove(self) -> None:
        """End it and remove its folder."""
        if self.process is not None:
            self.kill()
        shutil.rmtree(self.folder)

    def _end(self, how: signal.Signals) -> None:
        self.process.send_signal(how)
        self.process.send_signal(signal.SIGCONT)
        self.process.wait(timeout=UP_S)
        self.process = None

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + UP_S
        with connect(self.url, self.options.get("requirepass")) as client:
            while time.monotonic() < deadline:
                if self.process.poll() is not None:
                    self.process = None
                    raise AssertionError(f"it ended:\n{(self.folder / 'redis.log').read_text()}")
                with contextlib.suppress(redis.ConnectionError):  # not there yet, or loading
                    client.ping()
                    return
                time.sleep(0.005)
        raise AssertionError(f"redis-server is not up after {UP_S} s")


def open_test_courier(url: str, answer_s: float = ANSWER_S) -> Courier:
    """A Courier as `wiring.open_courier` makes it."""
    return Courier(connect(url, answer_s=answer_s), StepBroker(connect(url, text=False, answer_s=answer_s)))


def close_courier(courier: Courier) -> None:
    """Close its connections."""
    courier.client.close()
    courier.broker.client.close()


@contextlib.contextmanager
def running_redis(**options: str):
    """A RedisServer that runs."""
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server: apt-get install redis-server")
    server = RedisServer(**options)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def redis_server():
    """One that all tests share: nobody may stop it; everybody uses a database of their own, see `redis_url`."""
    with running_redis(appendonly="no") as server:
        server.unused = itertools.count(1)
        yield server


@pytest.fixture
def redis_url(redis_server):
    """The URL of an empty database of the shared server."""
    return redis_server.url_of(next(redis_server.unused))


@pytest.fixture
def courier(redis_url):
    """A Courier on an empty database of the shared server."""
    courier = open_test_courier(redis_url)
    yield courier
    close_courier(courier)


@pytest.fixture
def own_redis():
    """A server of the test's own, to kill, wipe and pause."""
    with running_redis() as server:
        yield server


@pytest.fixture
def own_courier(own_redis):
    """A Courier on `own_redis`."""
    courier = open_test_courier(own_redis.url)
    yield courier
    close_courier(courier)
