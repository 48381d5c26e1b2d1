"""A fact that several checks look at, asked for once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Once(Generic[T]):
    """The first who asks asks for all, the others wait. An error is the answer for all as well."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._answer: list[T] = []
        self._error: Exception | None = None

    def __call__(self) -> T:
        """The fact.

        Raises:
            Exception: whatever asking raises.
        """
        with self._lock:
            if not self._answer and self._error is None:
                try:
                    self._answer.append(self._ask())
                except Exception as error:  # noqa: BLE001 - raised below, as often as somebody asks
                    self._error = error
        if self._error is not None:
            raise self._error
        return self._answer[0]
