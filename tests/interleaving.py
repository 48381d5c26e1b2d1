"""Several doers at one store, one call at a time: the test chooses whose is next."""

from __future__ import annotations

import threading
from collections import Counter

from soniclayer.storage.local import LocalStore

PATIENCE_S = 30.0
_own = threading.local()


class Killed(BaseException):
    """The doer's process is dead: nothing of what follows happens."""


class Doer:
    """Does `work` in a thread of its own, from one store call to the next whenever it is let to."""

    def __init__(self, name: str, work) -> None:
        self.name = name
        self.ended = False
        self.result = None
        self.error: BaseException | None = None
        self._killed = False
        self._may = threading.Semaphore(0)
        self._waits = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    def go(self, calls: int = 1) -> None:
        """Let it do so many store calls, and what comes between them."""
        for _ in range(calls):
            if self.ended:
                return
            self._may.release()
            assert self._waits.acquire(timeout=PATIENCE_S), f"{self.name} hangs"

    def go_to_the_end(self) -> None:
        while not self.ended:
            self.go()

    def bury(self) -> None:
        """End the thread of one that was left where it was; to the store and Redis it has been dead since then."""
        self._killed = True
        self.go_to_the_end()

    def pause(self) -> None:
        """Called by the store before each call."""
        self._waits.release()
        self._may.acquire()
        if self._killed:
            raise Killed

    def _run(self, work) -> None:
        _own.doer = self
        self._may.acquire()
        try:
            if not self._killed:
                self.result = work()
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.error = error
        self.ended = True
        self._waits.release()


class SteppedStore(LocalStore):
    """Lets the doer wait before each call; counts how often an object was created."""

    def __init__(self, root) -> None:
        super().__init__(root)
        self.created: Counter[str] = Counter()

    def create(self, name, data):
        _pause()
        created = super().create(name, data)
        self.created[name] += created
        return created

    def replace(self, name, data):
        _pause()
        super().replace(name, data)

    def read(self, name):
        _pause()
        return super().read(name)

    def exists(self, name):
        _pause()
        return super().exists(name)

    def list(self, prefix):
        _pause()
        return super().list(prefix)

    def delete(self, name):
        _pause()
        super().delete(name)


def _pause() -> None:
    doer = getattr(_own, "doer", None)
    if doer is not None:
        doer.pause()
