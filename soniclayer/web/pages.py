"""Answers that many ask for again and again, kept by version, so that each is made once per process."""

from __future__ import annotations

import threading
from collections import OrderedDict

KEPT_BYTES = 16 * 2**20
"""Five hours of segments; an hour is about 3 MB."""


class Pages:
    """The last ones that were asked for, up to KEPT_BYTES. Safe to share between threads."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._room_bytes = kept_bytes
        self._pages: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, version: str) -> bytes | None:
        """The page of this version, None when it is not kept."""
        with self._lock:
            page = self._pages.get(version)
            if page is not None:
                self._pages.move_to_end(version)
            return page

    def keep(self, version: str, page: bytes) -> None:
        """Keep a page; those that nobody asked for longest go."""
        with self._lock:
            self._room_bytes += len(self._pages.pop(version, b""))
            self._pages[version] = page
            self._room_bytes -= len(page)
            while self._room_bytes < 0:
                _, oldest = self._pages.popitem(last=False)
                self._room_bytes += len(oldest)
