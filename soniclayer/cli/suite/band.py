"""All processes of a suite: Redis first, then workers and backend; stopped the other way round."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soniclayer.cli.suite.child import Child
from soniclayer.cli.suite.place import Place
from soniclayer.courier.connection import connect, courier_errors
from soniclayer.courier.workers import Workers
from soniclayer.errors import ConfigError, CourierAway

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import redis

    from soniclayer.cli.suite.screen import Screen

TICK_S = 0.1
REDIS_UP_S = 30.0
REDIS_MEMORY = "512mb"
"""Of a recording Redis holds a few kB; uploads are refused well before this is full."""

REDIS_UNSAID = (
    "oO0OoO0OoO0Oo",
    "Redis version=",
    "Configuration loaded",
    "Server initialized",
    "Memory overcommit",  # it is about saving by a fork, for which ours is too small to matter
    "User requested shutdown",
    "scheduling shutdown",
    "ready to exit",
)
"""What Redis tells at every start and stop, as warnings."""

BACKEND_STOP_S = 35.0
REDIS_STOP_S = 15.0
KILLED_S = 5.0
WORKER_MORE_S = 10.0
"""What a worker may take beyond its grace time, to give back what it has in hand and to end its engine child."""

_NOT_FOR_CHILDREN = ("SONICLAYER_REDIS_PASSWORD", "SONICLAYER_WORKER_NAME", "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID")


@dataclass(frozen=True)
class Plan:
    """What is to run: where, at which address (`HOST:PORT`), how many workers, each with this time to stop."""

    place: Place
    bind: str
    workers: int
    grace_s: float


class Band:
    """`stopping` says how often the user has asked to stop: at 1 in order, at 2 at once."""

    def __init__(self, plan: Plan, screen: Screen, stopping: Callable[[], int]) -> None:
        ours = {**plan.place.environment(), "SONICLAYER_BACKEND_BIND": plan.bind, "PYTHONUNBUFFERED": "1"}
        inherited = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_CHILDREN}
        environment = {**inherited, **ours}
        self._redis = connect(plan.place.redis_url)
        self._grace_s = plan.grace_s
        self._screen = screen
        self._stopping = stopping
        self.redis = Child("redis", _redis_command(plan.place), environment, screen, REDIS_UNSAID)
        self.workers = [self._ours(["worker", "--name", name], name, environment) for name in _names(plan.workers)]
        self.backend = self._ours(["backend"], "backend", environment)

    def start(self) -> None:
        """Start everything. Returns when all processes are there, not when they are ready.

        Raises:
            ConfigError: Redis does not come up.
        """
        self.redis.start()
        self._wait_for_redis()
        for child in (*self.workers, self.backend):
            if not self._stopping():
                child.start()

    def look(self) -> None:
        """See to it that everything runs.

        Raises:
            ConfigError: a process has a wrong setting; it has said which.
        """
        for child in (self.redis, *self.workers, self.backend):
            if child.look() is not None:
                child.finish_output()
                raise ConfigError(f"{child.name} cannot start with these settings: see above")

    def workers_are_ready(self) -> bool:
        """Whether every worker has its models."""
        try:
            reports = Workers(self._redis).alive()
        except CourierAway:
            return False
        ready = {report.name for report in reports if report.ready}
        return ready >= {worker.name for worker in self.workers}

    def stop(self) -> None:
        """Backend, then workers, then Redis: nothing is accepted that nobody could note, nothing finished in vain."""
        self._stop([self.backend], BACKEND_STOP_S)
        self._stop(self.workers, self._grace_s + WORKER_MORE_S)
        self._stop([self.redis], REDIS_STOP_S, hurried=False)

    def _ours(self, arguments: Sequence[str], name: str, environment: Mapping[str, str]) -> Child:
        return Child(name, [sys.executable, "-m", "soniclayer", *arguments], environment, self._screen)

    def _wait_for_redis(self) -> None:
        until = time.monotonic() + REDIS_UP_S
        while not self._stopping() and not _answers(self._redis):
            if self.redis.has_ended() or time.monotonic() > until:
                self.redis.finish_output()
                raise ConfigError("redis-server does not come up: see above")
            time.sleep(TICK_S)

    def _stop(self, children: Sequence[Child], patience_s: float, *, hurried: bool = True) -> None:
        """Ask, wait, kill; at once where the user is in a hurry, but for Redis: it would lose its last second."""
        for child in children:
            child.ask_to_stop()
        until = time.monotonic() + patience_s
        while not all(child.has_ended() for child in children):
            if time.monotonic() > until or (hurried and self._stopping() > 1):
                for child in children:
                    child.kill()
                until = time.monotonic() + KILLED_S
            time.sleep(TICK_S / 2)
        for child in children:
            child.finish_output()


def _answers(client: redis.Redis) -> bool:
    try:
        with courier_errors():
            return bool(client.ping())
    except CourierAway:
        return False


def _names(workers: int) -> list[str]:
    return [f"worker-{number}" for number in range(1, workers + 1)]


def _redis_command(place: Place) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(place.redis_socket),
        "unixsocketperm": "700",
        "dir": str(place.redis_dir),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory": REDIS_MEMORY,
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        "daemonize": "no",
    }
    return ["redis-server", *(word for name, value in options.items() for word in (f"--{name}", value))]
