"""The letters this process has fetched and not dealt with yet."""

from __future__ import annotations

import threading


class Hand:
    """Their ids, each with its queue, and which are to go back. Safe to share between threads.

    Redis holds the same list, and more when an answer of its was lost.
    """

    def __init__(self) -> None:
        self._queues: dict[str, str] = {}
        self._going_back: set[str] = set()
        self._changing = threading.Lock()

    def take(self, letter_id: str, queue: str) -> None:
        """A letter was fetched."""
        with self._changing:
            self._queues[letter_id] = queue

    def send_back(self, letter_id: str) -> None:
        """A letter is to go back into its queue when its actor has ended."""
        with self._changing:
            self._going_back.add(letter_id)

    def goes_back(self, letter_id: str) -> bool:
        """Whether it is."""
        with self._changing:
            return letter_id in self._going_back

    def drop(self, letter_id: str) -> bool:
        """A letter was dealt with; False when it was not in hand any more."""
        with self._changing:
            self._going_back.discard(letter_id)
            return self._queues.pop(letter_id, None) is not None

    def of(self, queue: str) -> set[str]:
        """The ids that came from a queue."""
        with self._changing:
            return {letter_id for letter_id, place in self._queues.items() if place == queue}

    def __len__(self) -> int:
        with self._changing:
            return len(self._queues)
