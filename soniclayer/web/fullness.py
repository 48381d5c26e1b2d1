"""Whether there is room for an upload: refused well before the disk or Redis is full, and anything breaks."""

from __future__ import annotations

import shutil
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from soniclayer.errors import CourierAway, CourierFull, StoreFull

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soniclayer.courier.courier import Courier
    from soniclayer.settings import Settings
    from soniclayer.web.limits import Limits

LOOK_EVERY_S = 2.0
"""Redis is asked for its memory at most so often."""


class Fullness:
    """Safe to share between threads. Redis away is no reason to refuse: what was accepted waits."""

    def __init__(self, settings: Settings, courier: Courier, limits: Limits) -> None:
        self._settings = settings
        self._courier = courier
        self._limits = limits
        self._lock = threading.Lock()
        self._awaited_bytes = 0
        self._looked_s = -LOOK_EVERY_S
        self._redis_fill = 0.0

    @contextmanager
    def room_for(self, announced_bytes: int) -> Iterator[None]:
        """Take an upload of this size in, if there is room for it beside those that are under way in this process.

        Raises:
            StoreFull: the disk is nearly full.
            CourierFull: Redis is.
        """
        self._check_redis()
        with self._lock:
            self._check_disk(self._awaited_bytes + announced_bytes)
            self._awaited_bytes += announced_bytes
        try:
            yield
        finally:
            with self._lock:
                self._awaited_bytes -= announced_bytes

    def check_disk(self) -> None:
        """Whether writing may go on.

        Raises:
            StoreFull: the disk is nearly full.
        """
        self._check_disk(0)

    def _check_disk(self, more_bytes: int) -> None:
        settings = self._settings
        settings.uploads_dir.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(settings.uploads_dir).free
        if free - more_bytes < settings.min_free_bytes:
            raise StoreFull(
                f"{free / 1e9:.1f} GB are free, {settings.min_free_bytes / 1e9:.1f} GB must stay so: "
                "delete recordings, or make room on the disk"
            )

    def _check_redis(self) -> None:
        if self._limits.redis_is_away:
            return
        with self._lock:
            due = time.monotonic() - self._looked_s >= LOOK_EVERY_S
            self._looked_s = time.monotonic() if due else self._looked_s
        if due:
            self._redis_fill = self._ask_redis()
        if self._redis_fill > self._settings.max_redis_fill:
            raise CourierFull(f"Redis is {self._redis_fill:.0%} full; the queue must become shorter first")

    def _ask_redis(self) -> float:
        try:
            memory = self._courier.memory()
        except CourierAway:
            return 0.0
        return memory.used_bytes / memory.limit_bytes if memory.limit_bytes else 0.0
