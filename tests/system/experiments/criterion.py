"""What every experiment is judged by: no upload that was answered 202 is lost, none is done twice, all tell the same.

accepted.upload(path)      # must be answered 202
accepted.offer(path)       # may be refused, or break off; noted when it was answered 202
figures(**accepted.check(120), recovered_s=...)
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import requests
from result_watch import UPLOADS, ResultWatch
from service import wait_until
from told_by_api import told_by_api
from told_by_store import told_by_store

from soniclayer.errors import StoreError
from soniclayer.storage.local import INCOMING

if TYPE_CHECKING:
    from pathlib import Path

    from installed_suite import InstalledSuite

TAKEN = (200, 202)
LOOK_S = 0.5
UNSTEADY = "--state=failed,activating,deactivating,reloading,maintenance"


class Accepted:
    """The uploads that a suite has said yes to. Any thread may add to them."""

    def __init__(self, suite: InstalledSuite) -> None:
        self.watch = ResultWatch(suite.machine)
        self._suite = suite
        self._ids: dict[str, None] = {}
        self._lock = threading.Lock()

    @property
    def ids(self) -> list[str]:
        """Of those, in the order of their answers."""
        with self._lock:
            return list(self._ids)

    def note(self, answer: requests.Response) -> requests.Response:
        """Keep in mind what an answer to an upload promised, whoever got it."""
        if answer.status_code in TAKEN:
            with self._lock:
                self._ids[answer.json()["audio_id"]] = None
        return answer

    def offer(self, path: Path, **fields: str) -> requests.Response | None:
        """Upload a file; None when the connection broke, or the machine is down: nobody knows what became of it."""
        try:
            with path.open("rb") as file:
                return self.note(self._suite.ask("POST", "/evaluate/", files={"file": file}, data=fields))
        except (requests.RequestException, OSError, AssertionError):
            return None

    def upload(self, path: Path, **fields: str) -> str:
        """The id of what was uploaded; it must be taken."""
        answer = self.offer(path, **fields)
        assert answer is not None, f"{path.name}: the connection broke\n{self._suite.told()}"
        assert answer.status_code in TAKEN, answer.text
        return answer.json()["audio_id"]

    def check(self, timeout_s: float = 300.0, *, leftovers: int = 0) -> dict[str, int]:
        """Wait until all of it holds; what to tell then.

        Every accepted recording is there with its bytes, has ended in exactly one result or in failures that one can
        see, and was written once; nothing else in the store is half-done; store, API and list say the same; the suite
        is ready and no unit of it has failed, without anybody's help.

        Args:
            timeout_s: for the suite to come back and to work everything off.
            leftovers: how many writers were killed: each may have left a file in `.incoming`, until `cleanup`.
        """
        deadline_s = time.monotonic() + timeout_s
        while faults := self._faults():
            assert time.monotonic() < deadline_s, self._told(faults, timeout_s)
            time.sleep(LOOK_S)
        self.watch.look()
        assert not self.watch.rewritten, f"written again: {sorted(self.watch.rewritten)}"
        left = list(self._suite.machine.path(f"{UPLOADS}/{INCOMING}").glob("*"))
        assert len(left) <= leftovers, f"left in {INCOMING}: {len(left)}, by {leftovers} killed writers"
        return {"recordings": len(self.ids), "lost": 0, "doubled": 0}

    def _faults(self) -> list[str]:
        """What does not hold, the cheapest question first."""
        try:
            store = told_by_store(self._suite.machine.path(UPLOADS))
            return (
                [f"{audio_id}: lost" for audio_id in self.ids if audio_id not in store.recordings] + store.faults
                or not_ready(self._suite)
                or told_by_api(self._suite, store.recordings)
            )
        except (StoreError, requests.RequestException, AssertionError) as error:
            return [repr(error)]

    def _told(self, faults: list[str], timeout_s: float) -> str:
        told = "\n".join(faults[:20])
        return f"after {timeout_s} s, {len(faults)} of {len(self.ids)} accepted:\n{told}\n{self._suite.told()}"


def recovery_s(suite: InstalledSuite, since_s: float | None = None, timeout_s: float = 180.0) -> float:
    """How long it takes until the suite is ready again by itself, every unit of it: from now, or a moment before."""
    started_s = time.monotonic() if since_s is None else since_s
    wait_until(lambda: not _not_ready_yet(suite), timeout_s, suite.told)
    return round(time.monotonic() - started_s, 1)


def not_ready(suite: InstalledSuite) -> list[str]:
    """Why it is not: what the backend says, or which units have failed, or come and go."""
    answer = suite.ask("GET", "/health/ready")
    if answer.status_code != 200:
        return [answer.text]
    return suite.machine.output("systemctl", "list-units", "--plain", "--no-legend", UNSTEADY).splitlines()


def _not_ready_yet(suite: InstalledSuite) -> list[str]:
    try:
        return not_ready(suite)
    except requests.RequestException as error:
        return [repr(error)]
