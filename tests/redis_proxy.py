"""Stands between a client and Redis and breaks what is between them: connections, commands on the way, replies."""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO

import pytest
from redis_server import close_courier, open_test_courier

SEEN_KEPT = 10_000


@dataclass
class Loss:
    """Something that is to be lost, once: `then` is called when it is, and then `happened` is set."""

    words: tuple[str, ...]
    nth: int
    delivered: bool
    answered: bool = False
    then: Callable[[], None] = lambda: None
    happened: threading.Event = field(default_factory=threading.Event)

    def hits(self, command: list[str]) -> bool:
        """Whether this is the command; counts those that are like it."""
        alike = all(_fits(word.lower(), command) for word in self.words)
        self.nth -= alike
        return alike and self.nth == 0

    def happen(self) -> None:
        """It is lost now."""
        self.then()
        self.happened.set()


class RedisProxy:
    """Passes one command after the other to Redis and its reply back, for any number of connections.

    Commands are named by words: each must fit one of the command's parts, whatever the case, `*` stands for anything;
    one with spaces in it must fit all of them together.
    `lose_reply("xadd")` is the next XADD, `lose_reply("evalsha", "soniclayer:queued:*")` the next script about such a
    key, `lose_reply("evalsha", "ack", nth=3)` dramatiq's third ack from now, `lose_reply()` whatever comes next.
    `delay_s` holds up every command. `seen` are the last commands that were passed on. `then` is called, before the
    connection ends, at what is lost. Its socket is in a new folder, made in `place`.
    """

    def __init__(self, target: Path, place: Path | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="redis-proxy-", dir=place))
        self.delay_s = 0.0
        self.seen: deque[list[str]] = deque(maxlen=SEEN_KEPT)
        self._target = target
        self._losses: list[Loss] = []
        self._links: set[socket.socket] = set()
        self._refusing = False
        self._changing = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.folder / "redis.sock"))
        self._listener.listen(128)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return self.url_of(0)

    def url_of(self, database: int) -> str:
        return f"unix://{self.folder / 'redis.sock'}?db={database}"

    def cut(self) -> None:
        """End all connections now."""
        with self._changing:
            links = list(self._links)
        for link in links:
            _hang_up(link)

    def refuse(self) -> None:
        """End all connections and take no new ones until `allow`: to the client Redis is away."""
        self._refusing = True
        self.cut()

    def allow(self) -> None:
        """Take connections again."""
        self._refusing = False

    def lose_reply(self, *words: str, nth: int = 1, then: Callable[[], None] = lambda: None) -> threading.Event:
        """Let Redis carry out the n-th such command from now, keep the reply, and end that connection."""
        return self._lose(Loss(words, nth, delivered=True, then=then))

    def lose_command(self, *words: str, nth: int = 1, then: Callable[[], None] = lambda: None) -> threading.Event:
        """End the connection of the n-th such command from now before it reaches Redis."""
        return self._lose(Loss(words, nth, delivered=False, then=then))

    def after_reply(self, *words: str, nth: int = 1, then: Callable[[], None] = lambda: None) -> threading.Event:
        """Lose nothing of the n-th such command from now; `then` is called when its reply has been passed on."""
        return self._lose(Loss(words, nth, delivered=True, answered=True, then=then))

    def close(self) -> None:
        """End it; Redis stays."""
        self.refuse()
        _hang_up(self._listener)
        self._listener.close()
        shutil.rmtree(self.folder)

    def _lose(self, loss: Loss) -> threading.Event:
        with self._changing:
            self._losses.append(loss)
        return loss.happened

    def _not_yet(self, loss: Loss) -> None:
        loss.nth = 1
        self._lose(loss)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                if self._refusing:
                    client.close()
                else:
                    threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, contextlib.suppress(OSError, EOFError):
            with self._changing:
                self._links |= {client, server}
            try:
                server.connect(str(self._target))
                with client.makefile("rb") as commands, server.makefile("rb") as replies:
                    while self._pass(client, commands, server, replies):
                        pass
            finally:
                with self._changing:
                    self._links -= {client, server}

    def _pass(self, client: socket.socket, commands: BinaryIO, server: socket.socket, replies: BinaryIO) -> bool:
        """One command and its reply; False when the connection is to end."""
        raw = _read_one(commands)
        command = _parts(raw)
        time.sleep(self.delay_s)
        loss = self._loss_of(command)
        if loss is None or loss.delivered:
            server.sendall(raw)
            reply = _read_one(replies)
            self.seen.append(command)
            if loss is not None and reply.startswith(b"-NOSCRIPT"):  # it was not carried out: the client loads it first
                loss = self._not_yet(loss)
        if loss is not None and not loss.answered:
            loss.happen()
            return False
        client.sendall(reply)
        if loss is not None:
            loss.happen()
        return True

    def _loss_of(self, command: list[str]) -> Loss | None:
        with self._changing:
            found = next((loss for loss in self._losses if loss.hits(command)), None)
            if found is not None:
                self._losses.remove(found)
            return found


def _fits(word: str, command: list[str]) -> bool:
    parts = [part.lower() for part in command]
    return any(fnmatchcase(part, word) for part in ([" ".join(parts)] if " " in word else parts))


def _read_one(file: BinaryIO) -> bytes:
    """One value of the Redis protocol, versions 2 and 3: its bytes as they are."""
    line = file.readline()
    if not line.endswith(b"\r\n"):
        raise EOFError
    kind, rest = line[:1], line[1:-2]
    if kind in b"$=!" and rest != b"-1":
        return line + _read_exactly(file, int(rest) + 2)
    if kind in b"*~>%|" and rest != b"-1":
        return line + b"".join(_read_one(file) for _ in range(int(rest) * (2 if kind in b"%|" else 1)))
    return line


def _read_exactly(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _parts(raw: bytes) -> list[str]:
    """The words of a command, which is an array of strings."""
    parts, rest = [], raw[raw.index(b"\r\n") + 2 :]
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        end = int(size[1:])
        parts.append(rest[:end].decode(errors="replace"))
        rest = rest[end + 2 :]
    return parts


def _hang_up(link: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it has ended already
        link.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def redis_proxy(redis_server):
    """A proxy before the shared server; see `proxied_courier`."""
    proxy = RedisProxy(redis_server.socket)
    yield proxy
    proxy.close()


@pytest.fixture
def proxied_courier(redis_server, redis_proxy):
    """A Courier on an empty database behind `redis_proxy`."""
    courier = open_test_courier(redis_proxy.url_of(next(redis_server.unused)))
    yield courier
    close_courier(courier)
