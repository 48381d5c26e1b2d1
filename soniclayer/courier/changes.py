"""Changes to what is wanted of a recording: one at a time, as each is made to what the one before has left."""

from __future__ import annotations

import secrets
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from soniclayer.courier.connection import PREFIX, courier_errors
from soniclayer.errors import CourierAway

if TYPE_CHECKING:
    from collections.abc import Iterator

    import redis

    from soniclayer.domain.recording import Recording

ALONE_S = 3.0
"""A change takes milliseconds. One that lasts longer died, or no longer keeps others out."""

LOOK_S = 0.01

_GIVE_BACK = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class Changes:
    """Safe to share between threads. While Redis is away nobody waits for anybody."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._give_back = client.register_script(_GIVE_BACK)

    @contextmanager
    def alone(self, recording: Recording) -> Iterator[None]:
        """Make a change: at most ALONE_S after this began, and while nobody else does."""
        key, token = f"{PREFIX}changing:{recording.audio_id}:{recording.run}", secrets.token_hex(8)
        self._wait_for(key, token)
        try:
            yield
        finally:
            self._let_go(key, token)

    def _wait_for(self, key: str, token: str) -> None:
        end = time.monotonic() + ALONE_S
        try:
            while time.monotonic() < end:
                with courier_errors():
                    if self._client.set(key, token, nx=True, px=round(ALONE_S * 1000)):
                        return
                threading.Event().wait(LOOK_S)
        except CourierAway:
            return

    def _let_go(self, key: str, token: str) -> None:
        try:
            with courier_errors():
                self._give_back(keys=[key], args=[token])
        except CourierAway:
            return  # it lapses by itself
