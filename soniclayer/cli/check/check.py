"""One check: what it wants, how bad it is when it is not so, and how to look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from soniclayer.cli.check.outcome import (
    NEEDS_ROOT,
    CannotKnow,
    NotHere,
    Outcome,
    Severity,
    Status,
    not_applicable,
    unknown,
)
from soniclayer.cli.check.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

NEEDS_INSTALLATION = "nothing is installed here: this is a checkout, or another environment"


class Need(Enum):
    """Without it there is nothing to look at, or nobody may."""

    INSTALLATION = "installation"
    ROOT = "root"


@dataclass(frozen=True)
class Check:
    """`title` says what should be so. The part of `id` before the dot is its group."""

    id: str
    title: str
    severity: Severity
    look: Callable[[Place], Outcome]
    needs: frozenset[Need] = frozenset()

    @property
    def group(self) -> str:
        """Its group."""
        return self.id.partition(".")[0]


@dataclass(frozen=True)
class Result:
    """What a check came to."""

    check: Check
    outcome: Outcome

    @property
    def severity(self) -> Severity:
        """How bad it is, if it is a fault."""
        return self.outcome.severity or self.check.severity

    def is_fault(self, severity: Severity) -> bool:
        """Whether it is a fault, of this severity."""
        return self.outcome.status is Status.FAULT and self.severity is severity


def look(check: Check, place: Place) -> Result:
    """What the check comes to. One that breaks tells nothing, and takes nobody with it."""
    try:
        outcome = _missing(check, place) or check.look(place)
    except CannotKnow as why:
        outcome = unknown(str(why))
    except NotHere as why:
        outcome = not_applicable(str(why))
    except PermissionError as error:
        outcome = unknown(f"{error.filename}: {error.strerror}")
    except Exception as error:  # noqa: BLE001 - the other checks have something to say all the same
        outcome = unknown(f"the check itself failed: {type(error).__name__}: {error}")
    return Result(check, outcome)


def _missing(check: Check, place: Place) -> Outcome | None:
    """Why there is no need to look."""
    if Need.INSTALLATION in check.needs and place.installation is None:
        return not_applicable(NEEDS_INSTALLATION)
    if Need.ROOT in check.needs and not place.machine.is_root:
        return unknown(NEEDS_ROOT)
    return None


def worst(results: Iterable[Result]) -> Severity | None:
    """The worst severity of all faults."""
    found = list(results)
    return next((severity for severity in Severity if any(result.is_fault(severity) for result in found)), None)
