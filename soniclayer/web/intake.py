"""Brings what arrives to the store: in batches, in threads, and never much of it in memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import anyio
from anyio import CancelScope, to_thread

from soniclayer.errors import UploadRefused

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from anyio import CapacityLimiter
    from starlette.types import Message, Receive
    from typing_extensions import Self

    from soniclayer.storage.objects import Incoming

BATCH_BYTES = 2**19
"""A thread is given so much at once where possible: a change of threads costs what hashing 100 KiB does."""

TURNS = 6
"""So many uploads of a process at once may have bytes in memory that are not written yet, two batches each at most."""

SOON_S = 0.05
"""A client that sends nothing for so long gives its turn to others."""


class Intake:
    """One upload on its way into `incoming`: one batch is written while the next one gathers.

    Use it as an async context manager: at its end no thread writes any more.
    """

    def __init__(
        self,
        incoming: Incoming,
        turns: asyncio.Semaphore,
        writers: CapacityLimiter,
        before_batch: Callable[[], None],
    ) -> None:
        self._incoming = incoming
        self._turns = turns
        self._writers = writers
        self._before_batch = before_batch
        self._batch: list[memoryview] = []
        self._batch_bytes = 0
        self._writing: asyncio.Task[None] | None = None
        self.size_bytes = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._writing:
            with CancelScope(shield=True):
                await asyncio.gather(self._writing, return_exceptions=True)

    async def chunks(self, receive: Receive, idle_s: float) -> AsyncGenerator[bytes, None]:
        """The body of a request as it arrives; close it (`aclosing`), or others may wait for its turn.

        Args:
            receive: ASGI's.
            idle_s: how long a client may send nothing.

        Raises:
            UploadRefused: `too_slow`, or `cut_off`: the client left.
            StoreFull: no space is left.
        """
        more = True
        while more:
            message: Message | None = None
            async with self._turns:
                with anyio.move_on_after(SOON_S):
                    message = await receive()
                if message:
                    yield _body(message)
                if not message or self._turns.locked():
                    await self.finish()
            if not message:
                message = await _patiently(receive, idle_s)
                yield _body(message)
            more = message.get("more_body", False)

    async def add(self, pieces: Sequence[memoryview]) -> None:
        """Take more of the file.

        Raises:
            StoreFull: no space is left.
        """
        more_bytes = sum(map(len, pieces))
        self._batch += pieces
        self._batch_bytes += more_bytes
        self.size_bytes += more_bytes
        if self._batch_bytes >= BATCH_BYTES:
            await self._write_batch()

    async def finish(self) -> None:
        """Wait until all is written.

        Raises:
            StoreFull: no space is left.
        """
        await self._write_batch()
        await self._written()

    async def _write_batch(self) -> None:
        await self._written()
        if self._batch:
            batch, self._batch, self._batch_bytes = self._batch, [], 0
            self._writing = asyncio.create_task(to_thread.run_sync(self._write_blocking, batch, limiter=self._writers))

    async def _written(self) -> None:
        if self._writing:
            await asyncio.shield(self._writing)
            self._writing = None

    def _write_blocking(self, batch: list[memoryview]) -> None:
        self._before_batch()
        for piece in batch:
            self._incoming.write(piece)  # type: ignore[arg-type]  # a piece of bytes is as good as bytes


def _body(message: Message) -> bytes:
    if message["type"] == "http.disconnect":
        raise UploadRefused("the client left before the end", code="cut_off")
    body: bytes = message.get("body", b"")
    return body


async def _patiently(receive: Receive, idle_s: float) -> Message:
    try:
        with anyio.fail_after(idle_s):
            return await receive()
    except TimeoutError:
        raise UploadRefused(f"nothing has arrived for {idle_s:g} s", code="too_slow") from None
