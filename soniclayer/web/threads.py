"""Threads that are kept apart, so that uploads never use up those that readers need."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from anyio import CancelScope, CapacityLimiter, to_thread

from soniclayer.web.intake import TURNS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractContextManager

T = TypeVar("T")


@dataclass(frozen=True)
class Threads:
    """How many may be busy at once: with letting callers in, with writing batches, with accepting what has arrived.

    `turns`: see `intake`.
    """

    admissions: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(6))
    writers: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(4))
    acceptors: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(6))
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(TURNS))


@asynccontextmanager
async def in_thread(context: AbstractContextManager[T], limiter: CapacityLimiter) -> AsyncIterator[T]:
    """A context manager that blocks, entered and left in a thread; it is left also when the task is cancelled."""
    value = await to_thread.run_sync(context.__enter__, limiter=limiter)
    try:
        yield value
    except BaseException as error:
        with CancelScope(shield=True):
            swallowed = await to_thread.run_sync(
                context.__exit__, type(error), error, error.__traceback__, limiter=limiter
            )
        if not swallowed:
            raise
    else:
        with CancelScope(shield=True):
            await to_thread.run_sync(context.__exit__, None, None, None, limiter=limiter)
