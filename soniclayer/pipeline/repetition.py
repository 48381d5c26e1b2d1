"""Words said again and again in a row: a jingle, a chant, or a speech model that is stuck."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_LOOP_WORDS = 8
"""A longer unit that comes three times in a segment of 20 s is a chorus, not a loop."""


@dataclass(frozen=True)
class Loop:
    """`unit` was said `times` in a row."""

    unit: tuple[str, ...]
    times: int

    @property
    def words(self) -> int:
        """How many words it is in all."""
        return len(self.unit) * self.times


def longest_loop(text: str, *, times: int, words: int) -> Loop | None:
    """The loop with the most words; None when none has so many `times` and `words`."""
    spoken = re.findall(r"[\w']+", text.lower())
    best: Loop | None = None
    for size in range(1, LONGEST_LOOP_WORDS + 1):
        for start in range(len(spoken) - size):
            loop = _loop_at(spoken, start, size)
            if loop.times >= times and loop.words >= words and (best is None or loop.words > best.words):
                best = loop
    return best


def _loop_at(spoken: list[str], start: int, size: int) -> Loop:
    unit = spoken[start : start + size]
    times = 1
    while spoken[start + times * size : start + (times + 1) * size] == unit:
        times += 1
    return Loop(tuple(unit), times)
