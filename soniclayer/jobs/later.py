"""What Redis could not be told now: reconcile tells it, from the store."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from soniclayer import log
from soniclayer.errors import CourierAway

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOG = logging.getLogger(__name__)


@contextmanager
def left_to_reconcile(audio_id: str) -> Iterator[None]:
    """Around what is told to Redis after the store was changed: while it is away, that waits."""
    try:
        yield
    except CourierAway as error:
        log.event(_LOG, "left to reconcile", logging.WARNING, error=error, recording=audio_id, code=error.code)
