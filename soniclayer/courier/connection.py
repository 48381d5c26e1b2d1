"""The connection to Redis, and its errors as ours."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from soniclayer.errors import ConfigError, CourierAway, CourierFull

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWER_S = 5.0
"""A Redis that does not answer for so long counts as away."""

PREFIX = "soniclayer:"
"""All our keys start with it; those of dramatiq start with `dramatiq:`."""

_SCHEMES = ("redis", "rediss", "unix")


def connect(url: str, password: str | None = None, *, text: bool = True, answer_s: float = ANSWER_S) -> redis.Redis:
    """A client for `redis://`, `rediss://` or `unix://`; it connects when first used.

    Safe to share between threads, and usable on both sides of a fork. It answers with `str`; with `bytes` when not
    `text`, as dramatiq needs it. A call waits for `answer_s` at most, and is never tried again behind our back: the
    caller knows whether that is safe.

    Raises:
        ConfigError: not such a URL.
    """
    options = _options(url, password, Retry(NoBackoff(), 0), text=text, answer_s=answer_s)
    return redis.Redis.from_url(url, **options)


def connect_async(url: str, password: str | None = None) -> redis.asyncio.Redis:
    """The same for an event loop: a client of its own, that answers with `str`. Close it with `aclose()`.

    Raises:
        ConfigError: not such a URL.
    """
    options = _options(url, password, AsyncRetry(NoBackoff(), 0), text=True, answer_s=ANSWER_S)
    return redis.asyncio.Redis.from_url(url, **options)


@contextmanager
def courier_errors() -> Iterator[None]:
    """Turn what redis-py raises into our errors.

    Raises:
        CourierAway: it does not answer, or refuses. The call may have been carried out nevertheless.
        CourierFull: it has no memory left. Nothing was carried out.
    """
    try:
        yield
    except redis.exceptions.OutOfMemoryError as error:
        raise CourierFull(f"Redis is full: {error}") from error
    except (redis.ConnectionError, redis.TimeoutError) as error:
        raise CourierAway(f"Redis does not answer: {error}") from error
    except redis.RedisError as error:
        raise CourierAway(f"Redis cannot do it now: {error}") from error


def _options(
    url: str, password: str | None, retry: Retry | AsyncRetry, *, text: bool, answer_s: float
) -> dict[str, Any]:
    _check(url)
    options: dict[str, Any] = {} if password is None else {"password": password}
    return {
        "decode_responses": text,
        "socket_timeout": answer_s,
        "socket_connect_timeout": answer_s,
        "retry": retry,
        **options,
    }


def _check(url: str) -> None:
    """What redis-py would find out when it connects, or never. No message shows a password."""
    try:
        parts = urlsplit(url)
        place = parts.path if parts.scheme == "unix" else parts.hostname
        usable = parts.scheme in _SCHEMES and bool(place) and (parts.port or True)
        if usable:
            pool = redis.ConnectionPool.from_url(url)
            pool.connection_class(**pool.connection_kwargs)
    except (ValueError, TypeError, redis.RedisError):
        usable = False
    if not usable:
        shown = re.sub(r"^(\w+://)?.*@", r"\1***@", url.partition("?")[0], flags=re.DOTALL)
        raise ConfigError(f'REDIS_URL is "{shown}": need redis://HOST:PORT/DB or unix://PATH')
