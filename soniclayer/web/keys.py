"""The API keys as they are now: the file is read again as soon as it has changed."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from soniclayer import log
from soniclayer.definitions.keys import find_key, load_keys
from soniclayer.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from soniclayer.definitions.keys import Key

Signature = tuple[int, int, int] | None

_LOG = logging.getLogger(__name__)


class KeyRing:
    """Safe to share between threads. A file that cannot be read changes nothing: the keys of before stay good."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._keys: tuple[Key, ...] = ()
        self._signature: Signature | str = "never read"

    def find(self, presented: str) -> Key | None:
        """The key that was presented, None when it is none of ours."""
        return find_key(self._current(), presented)

    def find_by_hash(self, sha256: str) -> Key | None:
        """The key of that SHA-256, None when it has been revoked."""
        return next((key for key in self._current() if key.sha256 == sha256), None)

    def _current(self) -> tuple[Key, ...]:
        signature = self._sign()
        if signature != self._signature:
            with self._lock:
                if signature != self._signature:
                    self._read()
                    self._signature = signature
        return self._keys

    def _sign(self) -> Signature:
        """What changes with the file."""
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _read(self) -> None:
        try:
            self._keys = load_keys(self._path)
        except (ConfigError, OSError) as error:
            log.event(_LOG, "API keys stay as they were", logging.ERROR, error=error, file=self._path)
            return
        log.event(_LOG, "API keys read", file=self._path, keys=len(self._keys))
