"""One thread that cuts calls off: at their deadline, however a server trickles, and when the worker is to stop.

A read timeout does not do that: it starts anew with every byte that comes.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_current: ContextVar[WatchedCall | None] = ContextVar("watched call", default=None)


class WatchedCall:
    """A call under way; `cut` once it was cut off."""

    def __init__(self, deadline_s: float) -> None:
        self.deadline_s = deadline_s
        self.cut = False
        self.connection: socket.socket | None = None


class Watch:
    """Safe to share between threads; its own starts with the first call."""

    def __init__(self) -> None:
        self._calls: list[WatchedCall] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = False

    @property
    def stopped(self) -> bool:
        """Whether all calls are cut off, also those that begin now."""
        return self._stopped

    @contextmanager
    def over(self, seconds: float) -> Iterator[WatchedCall]:
        """Watch over a call that this thread makes, and that may take so long."""
        call = WatchedCall(time.monotonic() + seconds)
        with self._changed:
            self._calls.append(call)
            call.cut = self._stopped
            self._start()
            self._changed.notify_all()
        before = _current.set(call)
        try:
            yield call
        finally:
            _current.reset(before)
            with self._changed:
                self._calls.remove(call)

    def stop(self) -> None:
        """Cut off every call."""
        with self._changed:
            self._stopped = True
            for call in self._calls:
                _cut(call)
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Do nothing for so long; whether it was stopped meanwhile."""
        with self._changed:
            return self._changed.wait_for(lambda: self._stopped, seconds)

    def note(self, connection: socket.socket) -> None:
        """This thread's call goes through that connection."""
        call = _current.get()
        if call is None:
            return
        with self._changed:
            for other in self._calls:
                if other.connection is connection:  # it has ended, and only not left yet
                    other.connection = None
            call.connection = connection
            if call.cut:
                _cut(call)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="langflow watch", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        with self._changed:
            while not self._stopped:
                now = time.monotonic()
                for call in self._calls:
                    if call.deadline_s <= now and not call.cut:
                        _cut(call)
                waits_s = [call.deadline_s - now for call in self._calls if not call.cut]
                self._changed.wait(min(waits_s, default=None))


def _cut(call: WatchedCall) -> None:
    """Its thread wakes up with an error; the connection is closed there."""
    call.cut = True
    if call.connection is not None:
        with suppress(OSError):  # it is closed already
            socket.socket.shutdown(call.connection, socket.SHUT_RDWR)
