"""Where a window lies, for progress and news."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.domain.window import Span
from soniclayer.errors import StoreError

if TYPE_CHECKING:
    from soniclayer.storage.run import Run


def span_of(run: Run, number: int) -> Span:
    """Where a window lies; one whose facts are damaged has no length: its steps are given up, and say so."""
    try:
        return run.window_span(number)
    except StoreError as error:
        if error.code != "object_damaged":
            raise
        return Span(0.0, 0.0)
