"""What must not be touched: a port that nobody may connect to, and a file that nobody may open."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import struct
import threading
from typing import TYPE_CHECKING

from sound_files import tone, write_audio

if TYPE_CHECKING:
    from pathlib import Path

_IN_OPEN = 0x20
_EVENT = struct.Struct("iIII")


class Canary:
    """`url` and `path` lead to real sound, so whoever follows them finds what he looks for; `touched` tells of it."""

    def __init__(self, folder: Path) -> None:
        self.path = write_audio(folder / "canary.wav", tone(2))
        self._sound = self.path.read_bytes()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = f"http://{self.address}/canary.wav"
        self._callers: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()
        self._watch = self._open_watch(folder)

    def touched(self) -> list[bytes]:
        """What was asked of the port, and which files of the folder were opened, since it was asked last."""
        callers, self._callers = self._callers, []
        return callers + self._opened()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        os.close(self._watch)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                caller, _ = self._listener.accept()
                self._callers.append(b"somebody")
                with caller, contextlib.suppress(OSError):
                    caller.settimeout(5)
                    self._callers[-1] = caller.recv(1000)
                    caller.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: audio/wav\r\n\r\n" + self._sound)

    def _open_watch(self, folder: Path) -> int:
        libc = ctypes.CDLL(None, use_errno=True)
        watch = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert watch >= 0
        assert libc.inotify_add_watch(watch, os.fsencode(folder), _IN_OPEN) >= 0
        return watch

    def _opened(self) -> list[bytes]:
        names, events = [], b""
        with contextlib.suppress(BlockingIOError):
            events = os.read(self._watch, 65536)
        while events:
            *_, length = _EVENT.unpack_from(events)
            names.append(events[_EVENT.size : _EVENT.size + length].rstrip(b"\0"))
            events = events[_EVENT.size + length :]
        return names
