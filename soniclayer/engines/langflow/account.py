"""What calls have cost: those of one judgement, and all of them as metrics."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soniclayer import metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soniclayer.engines.langflow.faults import Outcome

MOST_NAMES = 50
"""Flows that metrics tell apart; what a persona's file calls a flow is bounded by nothing."""

OTHER = "other"

_names: set[str] = set()
_naming = threading.Lock()


@dataclass
class Account:
    """Of one judgement: calls that were made, retries among them; their time; the language model's name, once told."""

    attempts: int = 0
    latency_s: float = 0.0
    model: str | None = None

    @contextmanager
    def call(self, flow: str) -> Iterator[None]:
        """One more call, as long as the context lasts."""
        self.attempts += 1
        started_s = time.monotonic()
        try:
            yield
        finally:
            took_s = time.monotonic() - started_s
            self.latency_s += took_s
            metrics.get().langflow_call_seconds.labels(_name(flow)).observe(took_s)


def count(flow: str, outcome: Outcome) -> None:
    """A call has ended so, or was not made."""
    metrics.get().langflow_calls_total.labels(_name(flow), outcome).inc()


def _name(flow: str) -> str:
    with _naming:
        if len(_names) < MOST_NAMES:
            _names.add(flow)
        return flow if flow in _names else OTHER
