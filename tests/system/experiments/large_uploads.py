"""A client that uploads large recordings, one after the other: seconds of many channels, quickly worked off."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

import requests
from sound_files import wav

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criterion import Accepted
    from installed_suite import InstalledSuite

RATE_HZ, CHANNELS = 192_000, 16
BYTES_PER_S = RATE_HZ * CHANNELS * 2
PIECE_BYTES = 2**20
IN_FLIGHT_S = 3.0
"""An upload is no quicker than that, so that it is met by a restart."""

REST_S = 3.0
HEAD = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="large.wav"\r\n\r\n'
TAIL = b"\r\n--cut--\r\n"


class LargeUploads:
    """`failed` has a line for each that was not taken; `in_flight` tells whether one is under way right now."""

    def __init__(self, suite: InstalledSuite, accepted: Accepted, size_bytes: int) -> None:
        self.taken, self.failed, self.in_flight = 0, list[str](), False
        self._suite, self._accepted, self._size_bytes = suite, accepted, size_bytes
        self._resting = threading.Event()

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """It uploads; the last upload has ended when the block is left."""
        client = threading.Thread(target=self._upload_all)
        client.start()
        try:
            yield
        finally:
            self._resting.set()
            client.join()

    def _upload_all(self) -> None:
        while not self._resting.wait(REST_S):
            try:
                answer = self._upload()
            except requests.RequestException as error:
                self.failed.append(repr(error))
                continue
            finally:
                self.in_flight = False
            if answer.status_code == 202:
                self._accepted.note(answer)
                self.taken += 1
            else:
                self.failed.append(f"{answer.status_code} {answer.text}")

    def _upload(self) -> requests.Response:
        headers = {"Content-Type": "multipart/form-data; boundary=cut"}
        return self._suite.ask("POST", "/evaluate/", data=self._body(), headers=headers)

    def _body(self) -> Iterator[bytes]:
        """Silence, but for a number at its end."""
        pieces = self._size_bytes // PIECE_BYTES
        header = wav([], RATE_HZ, CHANNELS, announced_bytes=pieces * PIECE_BYTES)
        started_s = time.monotonic()
        self.in_flight = True
        yield HEAD + header
        for number in range(pieces):
            last = number == pieces - 1
            yield bytes(PIECE_BYTES - 16) + b"%16d" % self.taken if last else bytes(PIECE_BYTES)
            self._resting.wait(started_s + IN_FLIGHT_S * number / pieces - time.monotonic())
        yield TAIL
