"""One attempt at a step, and what its end means: the same for `analyze` and for the workers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from soniclayer.errors import EngineDied, InputError, RecordingGone, SonicLayerError, StoreError
from soniclayer.jobs.run_step import Result, give_up, run_step

if TYPE_CHECKING:
    from collections.abc import Callable

    from soniclayer.domain.step import Step
    from soniclayer.jobs.engine import Engines
    from soniclayer.jobs.run_step import Seen
    from soniclayer.storage.run import Run

MAX_ATTEMPTS = 3
"""After so many deaths of the engine at one step, the step is given up."""


_LOST = frozenset({"object_damaged", "source_missing"})
"""Codes of a store that has lost something for good, as far as we can do; others pass."""


@dataclass(frozen=True)
class Attempt:
    """How it ended. `died`: try again; `gone`: nobody wants it any more; `error` is what went wrong."""

    ended: Literal["done", "died", "given_up", "gone"]
    result: Result | None = None
    error: SonicLayerError | None = None


def attempt(
    run: Run, step: Step, engines: Engines, seen: Callable[[Seen], None], count_death: Callable[[], int]
) -> Attempt:
    """Run a step; write down why when it has failed for good.

    Args:
        run: the recording's objects.
        step: one of `next_steps`.
        engines: for the stages that need one.
        seen: see `run_step`.
        count_death: counts one more death of the engine at this step and tells how many there were.

    Raises:
        SonicLayerError: what is not the recording's fault: a store that is full, a missing model, a wish to stop.
    """
    try:
        return Attempt("done", run_step(run, step, engines, seen))
    except EngineDied as error:
        return after_death(run, step, error, count_death())
    except InputError as error:
        return _given_up(run, step, error, 1)
    except RecordingGone as error:
        return Attempt("gone", error=error)
    except StoreError as error:
        if error.code not in _LOST:
            raise
        return _given_up(run, step, error, 1)


def after_death(run: Run, step: Step, error: EngineDied, deaths: int) -> Attempt:
    """What the engine's death at a step means, when it was the n-th there."""
    return Attempt("died", error=error) if deaths < MAX_ATTEMPTS else _given_up(run, step, error, deaths)


def _given_up(run: Run, step: Step, error: SonicLayerError, attempts: int) -> Attempt:
    try:
        give_up(run, step, error, attempts)
    except RecordingGone as gone:
        return Attempt("gone", error=gone)
    return Attempt("given_up", error=error)
