"""What strikes a process at one of its boundaries: a write to the disk, a command to Redis, or the reply to it."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from functools import partial

import redis
from crashing_disk import Disk
from redis_server import open_test_courier

STROKES = ("dies", "loses Redis", "Redis is emptied", "disk is full")


class Dead(BaseException):
    """The process is dead: nothing of what follows happens."""


class Fate:
    """Lets a process live through so many boundaries, and then strikes, once. Redis may be away for longer: `away`."""

    def __init__(self, empty_redis) -> None:
        self.away = False
        self.struck: str | None = None
        self._stroke: str | None = None
        self._left = 0
        self._empty_redis = empty_redis

    @contextmanager
    def of(self, stroke: str | None, boundaries: int):
        """Around one act: it is struck after so many boundaries, if it comes so far; `struck` tells."""
        self.struck, self._stroke, self._left = None, stroke, boundaries
        try:
            yield
        finally:
            self._stroke = None

    def at_the_disk(self) -> None:
        """Called before each write."""
        self._pass()
        if self.struck == "disk is full" and self._stroke:
            raise OSError(errno.ENOSPC, "No space left on device")

    def at_redis(self) -> None:
        """Called before each command, and when its reply has come."""
        self._pass()
        if self.away:
            raise redis.ConnectionError("it is away")

    def _pass(self) -> None:
        if self.struck == "dies" and self._stroke:
            raise Dead  # and whatever it would do on its way out
        if self.struck or not self._stroke:
            return
        if self._left:
            self._left -= 1
            return
        self.struck = self._stroke
        if self.struck == "dies":
            raise Dead
        if self.struck == "loses Redis":
            self.away = True
        elif self.struck == "Redis is emptied":
            self._empty_redis()


class FatefulDisk(Disk):
    """Stands in for the module `os` in storage.local."""

    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self._fate = fate

    def _write(self, *_entry):
        self._fate.at_the_disk()


class FatefulConnection(redis.UnixDomainSocketConnection):
    """A connection to Redis; `redis-py` sends every command and reads every reply through these two."""

    def __init__(self, *, fate: Fate, **options) -> None:
        super().__init__(**options)
        self._fate = fate

    def send_packed_command(self, command, check_health=True):  # noqa: FBT002 - as redis-py has it
        self._fate.at_redis()
        super().send_packed_command(command, check_health)

    def read_response(self, *args, **kwargs):
        response = super().read_response(*args, **kwargs)
        self._fate.at_redis()
        return response


def open_fateful_courier(url: str, fate: Fate):
    """A Courier whose commands are boundaries."""
    courier = open_test_courier(url)
    for client in (courier.client, courier.broker.client):
        client.connection_pool.connection_class = partial(FatefulConnection, fate=fate)
    return courier
