"""What work costs a process: CPU time by stage, and its peak memory."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from soniclayer.domain.step import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Purpose = Stage | Literal["other"]
"""What CPU time was for: a stage, its models' loading included, or something else, the start of the process say."""


@dataclass(frozen=True)
class Cost:
    """CPU seconds of all threads by purpose, and the most memory that one process has held so far, in bytes."""

    cpu_s: dict[Purpose, float]
    peak_bytes: int

    def __add__(self, other: Cost) -> Cost:
        """The CPU time of both; the higher peak."""
        return Cost(total_s(self.cpu_s, other.cpu_s), max(self.peak_bytes, other.peak_bytes))


FREE = Cost({}, 0)


def total_s(*times_s: Mapping[Purpose, float]) -> dict[Purpose, float]:
    """CPU times added up, purpose by purpose."""
    total: dict[Purpose, float] = defaultdict(float)
    for one in times_s:
        for purpose, seconds in one.items():
            total[purpose] += seconds
    return dict(total)


class Account:
    """Books this process's CPU time from its start on. For a process that does one thing at a time, on many threads."""

    def __init__(self) -> None:
        self._cpu_s: dict[Purpose, float] = defaultdict(float)
        self._purpose: Purpose = "other"
        self._booked_until_s = 0.0

    @contextmanager
    def on(self, purpose: Purpose) -> Iterator[None]:
        """Book what is spent inside on `purpose`, except what is booked on another purpose in there."""
        before = self._turn_to(purpose)
        try:
            yield
        finally:
            self._turn_to(before)

    def bill(self) -> Cost:
        """What was spent since the last bill."""
        self._turn_to(self._purpose)
        cpu_s, self._cpu_s = self._cpu_s, defaultdict(float)
        return Cost(dict(cpu_s), peak_memory_bytes())

    def _turn_to(self, purpose: Purpose) -> Purpose:
        now_s = time.process_time()
        self._cpu_s[self._purpose] += now_s - self._booked_until_s
        before, self._purpose, self._booked_until_s = self._purpose, purpose, now_s
        return before


def peak_memory_bytes() -> int:
    """The most memory this process has held since it became this program; 0 where the kernel does not tell."""
    told = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    return int(told[1]) * 1024 if told else 0
