"""The worker's engine child: warm before a step needs it, started again after it died, ended when idle for long."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from soniclayer import log
from soniclayer.errors import EngineDied, EngineStopped, SonicLayerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from soniclayer.engines.child import EngineChild

_LOG = logging.getLogger(__name__)

LOOK_S = 0.5
"""So often an idle child is looked at: is it there, has it been idle for long."""

MOST_FAILURES = 3
"""A child that dies so often in a row while it loads its models will not come up."""

RETRY_S = 1.0
"""Time before the second try; twice that before the third."""

State = Literal["starting", "ready", "asleep", "failed", "stopped"]


class WarmEngine:
    """An engine child and the thread that sees to it.

    Loading models is never part of a step: a child that died while it loaded is no step's fault.

    Args:
        child: the engine; nobody else starts or stops it.
        idle_s: it is ended after so long without a step, and started again for the next; 0 = never.
        told: is called when `state` has changed.
    """

    def __init__(self, child: EngineChild, idle_s: float, told: Callable[[], None] = lambda: None) -> None:
        self.child = child
        self._idle_s = idle_s
        self._told = told
        self._state: State = "starting"
        self._in_use = 0
        self._used_at = time.monotonic()
        self._changed = threading.Condition()
        self._fault: SonicLayerError | None = None
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def start(self) -> None:
        """Begin to load the models."""
        self._thread.start()

    @property
    def state(self) -> State:
        """How it is. `asleep`: ended for being idle; the next step wakes it."""
        return self._state

    @property
    def may_run(self) -> bool:
        """Whether a step may be fetched for it."""
        return self._state in {"ready", "asleep"}

    @property
    def fault(self) -> SonicLayerError | None:
        """Why it will not come up: a model is missing, or it died MOST_FAILURES times while loading."""
        return self._fault

    @property
    def living(self) -> bool:
        """Whether the thread that sees to it lives."""
        return self._thread.is_alive()

    @contextmanager
    def ready(self) -> Iterator[EngineChild]:
        """The child, warm, for one step.

        Raises:
            EngineStopped: it was stopped, or does not come up.
        """
        with self._changed:
            if self._state == "asleep":
                self._turn("starting")
            self._changed.wait_for(lambda: self._state != "starting")
            if self._state != "ready":
                raise EngineStopped("there is no engine")
            self._in_use += 1
        try:
            yield self.child
        finally:
            with self._changed:
                self._in_use -= 1
                self._used_at = time.monotonic()
                if self._state == "ready" and not self.child.alive:
                    self._turn("starting")

    def stop(self) -> None:
        """End the child, now; a step in hand raises EngineStopped."""
        with self._changed:
            self._turn("stopped")
        self.child.stop()

    def _run(self) -> None:
        failures = 0
        while self._state not in {"failed", "stopped"}:
            if self._state == "starting":
                failures = self._warm_up(failures)
            with self._changed:
                self._look()
                if self._state != "starting":
                    self._changed.wait(LOOK_S)

    def _look(self) -> None:
        """A child that has died, or that has been idle for long; with the lock held, so that no step begins."""
        if self._state != "ready" or self._in_use:
            return
        if not self.child.alive:
            self._turn("starting")
        elif self._idle_s and time.monotonic() - self._used_at > self._idle_s:
            self.child.rest()
            self._turn("asleep")

    def _warm_up(self, failures: int) -> int:
        """Load and rehearse; how often that has failed in a row."""
        started_s = time.monotonic()
        try:
            self.child.warm_up(hearing=True, speech=True, labels=True, rehearse=True)
        except EngineStopped:
            return failures
        except EngineDied as error:
            log.event(_LOG, "engine did not come up", logging.WARNING, error=error, code=error.code)
            if failures + 1 == MOST_FAILURES:
                self._fail(error)
            else:
                with self._changed:
                    self._changed.wait(RETRY_S * 2**failures)
            return failures + 1
        except SonicLayerError as error:
            self._fail(error)
            return failures
        log.event(_LOG, "engine ready", duration_s=round(time.monotonic() - started_s, 3))
        with self._changed:
            self._used_at = time.monotonic()
            self._turn("ready")
        return 0

    def _fail(self, error: SonicLayerError) -> None:
        with self._changed:
            self._fault = error
            self._turn("failed")

    def _turn(self, state: State) -> None:
        if self._state != "stopped":
            self._state = state
        self._changed.notify_all()
        self._told()
