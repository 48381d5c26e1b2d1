"""Looks at a machine's store again and again, and notes each result that is not as it was when first seen."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

from soniclayer.errors import StoreError
from soniclayer.storage import names
from soniclayer.storage.local import LocalStore

if TYPE_CHECKING:
    from debian_machine import DebianMachine

UPLOADS = "/opt/soniclayer/uploads"
LOOK_S = 0.5
SHARE = 5
"""At most every fifth moment is spent on looking."""

CHANGING = (names.WANTED, names.SEGMENTS, names.SUMMARY, "audio.flac")
"""What may be replaced: wishes, joined results, and a cache."""


class ResultWatch:
    """`rewritten` are the objects that were written a second time."""

    def __init__(self, machine: DebianMachine) -> None:
        self.rewritten: set[str] = set()
        self._machine = machine
        self._seen: dict[str, tuple[int, int]] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def start(self) -> None:
        """Look until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()
        self._thread.join()

    def look(self) -> None:
        """Once, now. A machine that is down is not looked at."""
        with contextlib.suppress(AssertionError, OSError, StoreError):
            store = LocalStore(self._machine.path(UPLOADS))
            for name in store.list(""):
                if _is_result(name):
                    self._compare(store, name)

    def _watch(self) -> None:
        pause_s = LOOK_S
        while not self._ended.wait(pause_s):
            started_s = time.monotonic()
            self.look()
            pause_s = max(LOOK_S, SHARE * (time.monotonic() - started_s))

    def _compare(self, store: LocalStore, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            facts = store.path(name).stat()
            told = (facts.st_mtime_ns, facts.st_size)
            if self._seen.setdefault(name, told) != told:
                self.rewritten.add(name)


def _is_result(name: str) -> bool:
    """Whether it is written once: what lies below a run, but for what may change and what a retry removes."""
    parts = name.split("/")
    return parts[0] != "open" and len(parts) > 2 and parts[-1] not in CHANGING and parts[2] != "failures"
