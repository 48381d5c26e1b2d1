"""The list of faults that tests make, each for the check that must find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from soniclayer.cli.check.outcome import Severity

ERROR, WARNING, ADVICE = Severity.ERROR, Severity.WARNING, Severity.ADVICE


@dataclass(frozen=True)
class MadeFault:
    """`make` makes it on a server, with the fixtures that it names; `words` are part of what is found."""

    check_id: str
    severity: Severity
    words: str
    make: Callable[..., object]

    @property
    def name(self) -> str:
        return f"{self.check_id}-{self.make.__name__}"


FAULTS: list[MadeFault] = []


def fault(check_id, severity, words):
    """Put a function into the list."""

    def remember(make):
        FAULTS.append(MadeFault(check_id, severity, words, make))
        return make

    return remember
