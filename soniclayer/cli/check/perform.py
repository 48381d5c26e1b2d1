"""Runs checks side by side: whoever hangs, the others have their say, and the page comes in time."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from soniclayer.cli.check.check import Result, look
from soniclayer.cli.check.outcome import unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soniclayer.cli.check.check import Check
    from soniclayer.cli.check.place import Place

PATIENCE_S = 6.0
"""For all of them together: three contacts of two seconds, one after the other."""

DEEP_PATIENCE_S = 600.0


def perform(checks: Sequence[Check], place: Place) -> list[Result]:
    """What they came to, in their order. Threads that still hang are left behind: they end with the process."""
    found: dict[str, Result] = {}
    threads = [
        threading.Thread(target=_look, args=(check, place, found), name=check.id, daemon=True) for check in checks
    ]
    for thread in threads:
        thread.start()
    patience_s = DEEP_PATIENCE_S if place.deep else PATIENCE_S
    until = time.monotonic() + patience_s
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return [found.get(check.id) or _late(check, patience_s) for check in checks]


def _look(check: Check, place: Place, found: dict[str, Result]) -> None:
    found[check.id] = look(check, place)


def _late(check: Check, patience_s: float) -> Result:
    return Result(check, unknown(f"it was not done within {patience_s:.0f} s"))
