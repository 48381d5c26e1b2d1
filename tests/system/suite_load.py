"""Clients that never rest: they ask and upload until they are told to stop, and note whatever did not succeed."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from typing import TYPE_CHECKING

import requests
from sound_files import RATE_HZ, wav

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from installed_suite import InstalledSuite

READERS = 3
UPLOAD_PARTS = 8
BETWEEN_PARTS_S = 0.25
BETWEEN_ASKING_NGINX_S = 0.2
"""nginx lets 10 requests a second through."""


class SuiteLoad:
    """`succeeded` counts by kind; `failed` has a line for each that did not; `uploaded` are ids of recordings.

    `told` hears every answer to an upload.
    """

    def __init__(
        self,
        suite: InstalledSuite,
        sound: np.ndarray,
        told: Callable[[requests.Response], object] = lambda answer: None,
    ) -> None:
        self.succeeded: Counter[str] = Counter()
        self.failed: list[str] = []
        self.uploaded: list[str] = []
        self._suite = suite
        self._sound = sound
        self._told = told
        self._stop = threading.Event()
        work = [self._read] * READERS + [self._read_by_nginx, self._upload]
        self._threads = [threading.Thread(target=self._until_stopped, args=(once,)) for once in work]

    def start(self) -> None:
        """Let them begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """What is under way ends first."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _until_stopped(self, once) -> None:
        while not self._stop.is_set():
            kind = once.__name__.strip("_")
            try:
                answer = once()
            except requests.RequestException as error:
                self.failed.append(f"{kind}: {error!r}")
                continue
            if answer.ok:
                self.succeeded[kind] += 1
            else:
                self.failed.append(f"{kind}: {answer.status_code} {answer.text}")

    def _read(self) -> requests.Response:
        return self._suite.ask("GET", "/recordings")

    def _read_by_nginx(self) -> requests.Response:
        self._stop.wait(BETWEEN_ASKING_NGINX_S)
        return self._suite.ask_nginx("GET", "/api/recordings")

    def _upload(self) -> requests.Response:
        """In parts: it takes two seconds, so that one is in flight whatever happens."""
        number = len(self.uploaded)
        data = wav(self._sound[number : number + RATE_HZ])  # other bytes each time
        head = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
        body = self._slowly(head + data + b"\r\n--cut--\r\n")
        answer = self._suite.ask(
            "POST", "/evaluate/", data=body, headers={"Content-Type": "multipart/form-data; boundary=cut"}
        )
        self._told(answer)
        if answer.ok:
            self.uploaded.append(answer.json()["audio_id"])
        return answer

    def _slowly(self, body: bytes) -> Iterator[bytes]:
        size = -(-len(body) // UPLOAD_PARTS)
        for start in range(0, len(body), size):
            yield body[start : start + size]
            self._stop.wait(BETWEEN_PARTS_S)


@contextlib.contextmanager
def under_load(
    suite: InstalledSuite, sound: np.ndarray, told: Callable[[requests.Response], object] = lambda answer: None
) -> Iterator[SuiteLoad]:
    """Clients at work; they have stopped when the block is left."""
    load = SuiteLoad(suite, sound, told)
    load.start()
    try:
        yield load
    finally:
        load.stop()
