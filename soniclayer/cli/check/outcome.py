"""What a check may come to. What cannot be known is unknown, never ok."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

NEEDS_ROOT = "only root may look (sudo soniclayer check)"
"""Why many things are unknown; the page says it once."""


class Severity(str, Enum):
    """How bad a fault is: it stops the suite or opens it to others; it will hurt some day; it could be better."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


class Status(str, Enum):
    """In the order of a summary."""

    FAULT = "fault"
    OK = "ok"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class Outcome:
    """What was found, or why nothing could be; a fault has a cure.

    `severity` is that of this fault, where it is milder than its check's.
    """

    status: Status
    finding: str
    cure: str = ""
    severity: Severity | None = None


class CannotKnow(Exception):
    """Something that a check needs to look at cannot be looked at; the message says why."""


class NotHere(Exception):
    """There is no such thing here that could be right or wrong; the message says why."""


def ok(finding: str) -> Outcome:
    """It is as it should be."""
    return Outcome(Status.OK, finding)


def fault(finding: str, cure: str, severity: Severity | None = None) -> Outcome:
    """It is not, and this helps."""
    return Outcome(Status.FAULT, finding, cure, severity)


def unknown(why: str) -> Outcome:
    """Nobody can tell from here."""
    return Outcome(Status.UNKNOWN, why)


def not_applicable(why: str) -> Outcome:
    """There is nothing here to be right or wrong."""
    return Outcome(Status.NOT_APPLICABLE, why)


def several(things: list[str], most: int = 4) -> str:
    """The first few of them in a line, the rest counted."""
    more = f" and {len(things) - most} more" if len(things) > most else ""
    return ", ".join(things[:most]) + more
