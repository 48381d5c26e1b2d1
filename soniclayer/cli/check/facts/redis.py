"""What Redis says of itself, in one visit."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import redis

from soniclayer.cli.check.machine import ANSWER_S
from soniclayer.cli.check.outcome import CannotKnow
from soniclayer.courier.connection import connect, courier_errors
from soniclayer.courier.courier import read_faults
from soniclayer.courier.message import AGAIN
from soniclayer.courier.queue import Queue
from soniclayer.courier.workers import WorkerReport, Workers
from soniclayer.errors import CourierAway
from soniclayer.settings import without_password

if TYPE_CHECKING:
    from soniclayer.cli.check.machine import Machine
    from soniclayer.settings import Settings

_OPTIONS = ("port", "tls-port", "maxmemory-policy", "save", "appendfsync", "disable-thp")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class RedisAway(CannotKnow):
    """It does not answer; `reason` says more."""

    def __init__(self, reason: str) -> None:
        super().__init__("Redis does not answer")
        self.reason = reason


@dataclass(frozen=True)
class RedisFacts:
    """INFO and CONFIG GET; `options` is None where Redis does not tell, as managed ones do.

    `open_to_all` says that it takes commands without a password.
    """

    url: str
    password: str | None
    info: Mapping[str, Any]
    options: Mapping[str, str] | None
    open_to_all: bool
    workers: tuple[WorkerReport, ...]
    oldest_s: float
    unreadable: Mapping[str, str]

    @property
    def socket(self) -> Path | None:
        """Its unix socket, where that is how we reach it."""
        return Path(unquote(urlsplit(self.url).path)) if self.url.startswith("unix:") else None

    @property
    def is_local(self) -> bool:
        """Whether it runs on this machine."""
        return self.socket is not None or urlsplit(self.url).hostname in _LOOPBACK

    def option(self, name: str) -> str:
        """An option of its configuration.

        Raises:
            CannotKnow: it does not tell.
        """
        if self.options is None:
            raise CannotKnow("this Redis does not tell its configuration (CONFIG GET is refused)")
        return self.options.get(name, "")


def ask_redis(settings: Settings, machine: Machine) -> RedisFacts:
    """Ask the Redis of these settings everything at once.

    Raises:
        RedisAway: it does not answer.
        CannotKnow: it is not for this user.
    """
    url, password = settings.redis_url, password_of(settings)
    client = connect(url, password, answer_s=ANSWER_S)
    try:
        with courier_errors(), client:
            info = client.info()
            options = _options(client)
            open_to_all = password is None or _answers_without(url)
            workers = tuple(Workers(client).alive())
            unreadable = read_faults(client)
            ages_s = [depth.oldest_age_s or 0.0 for depth in Queue(client).depths() if depth.queue != AGAIN]
    except CourierAway as error:
        shut = _shut(url, machine)
        if shut:
            raise CannotKnow(shut) from None
        raise RedisAway(f"{without_password(url)}: {error}") from None
    return RedisFacts(url, password, info, options, open_to_all, workers, max(ages_s, default=0.0), unreadable)


def password_of(settings: Settings) -> str | None:
    """The password, from its file or from the URL."""
    if settings.redis_password:
        return settings.redis_password.get_secret_value()
    password = urlsplit(settings.redis_url).password
    return unquote(password) if password else None


def _options(client: redis.Redis) -> Mapping[str, str] | None:
    """One by one: Redis 6 takes one pattern at a time."""
    found: dict[str, str] = {}
    try:
        for name in _OPTIONS:
            found.update({str(key): str(value) for key, value in client.config_get(name).items()})
    except redis.ResponseError:
        return None
    return found


def _answers_without(url: str) -> bool:
    bare = without_password(url).replace("…@", "")
    try:
        with connect(bare, answer_s=ANSWER_S) as client:
            client.ping()
    except redis.RedisError:
        return False
    return True


def _shut(url: str, machine: Machine) -> str | None:
    """Why this user does not get to it."""
    path = urlsplit(url).path
    if not machine.is_root and url.startswith("unix:") and not os.access(path, os.R_OK | os.W_OK):
        return f"{path}: not for this user"
    return None
