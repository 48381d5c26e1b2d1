"""Does what a message asks for: once, in one place, with its failures counted, and sees to what comes next."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from soniclayer import log
from soniclayer.courier.leases import LEASE_S
from soniclayer.domain.segment import WindowEvaluation
from soniclayer.domain.step import next_steps, window_steps
from soniclayer.errors import CourierAway, EngineDied, EngineReplaced, EngineStopped, JudgeBusy, SonicLayerError
from soniclayer.jobs.advance import advance_after, advance_found, unless_deleted
from soniclayer.jobs.attempt import after_death, attempt
from soniclayer.jobs.improve import advance_improved
from soniclayer.jobs.run_step import Result

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from soniclayer.courier.courier import Courier
    from soniclayer.courier.message import StepMessage
    from soniclayer.jobs.attempt import Attempt
    from soniclayer.jobs.engine import Engines
    from soniclayer.jobs.run_step import Seen
    from soniclayer.storage.recordings import Recordings
    from soniclayer.storage.run import Run

_LOG = logging.getLogger(__name__)

Outcome = Literal["done", "already_done", "gone", "put_off", "died", "given_up", "given_back"]
"""`put_off`: for a reason that will pass. `died`: the engine died, it will be tried again. `given_back`: the worker is
stopping, and the message must go back into its queue."""

HELD_S = LEASE_S / 4
"""A step that somebody else holds is looked at again so soon: they may have died."""

TROUBLE_S = 30.0
"""A step that a full disk or a missing model keeps from running is tried again so soon."""


@dataclass(frozen=True)
class Performed:
    """How it went; `code` is the error's, `duration_s` that of the step itself (0 when it did not run).

    `error` is there when the step itself went wrong.
    """

    outcome: Outcome
    code: str | None = None
    duration_s: float = 0.0
    result: Result | None = None
    error: SonicLayerError | None = None


def perform(
    recordings: Recordings,
    courier: Courier,
    message: StepMessage,
    engines: Engines,
    hold: Callable[[StepMessage], AbstractContextManager[object]],
) -> Performed:
    """Do one step of a message, if it is still wanted and nobody else does it.

    Args:
        recordings: where the recording is.
        courier: leases, attempts, and what is queued next.
        message: what to do.
        engines: for the stages that need one; light ones do not touch the heavy one.
        hold: keeps the lease of a message alive as long as its context lasts.

    Raises:
        CourierAway: Redis is away: the message must not be acked. What was stored is stored.
    """
    if not courier.leases.take(message):
        return _put_off(courier, message, HELD_S, "held")
    try:
        with hold(message):
            return _perform(recordings, courier, message, engines)
    finally:
        with suppress(CourierAway):
            courier.leases.give_back(message)


def _perform(recordings: Recordings, courier: Courier, message: StepMessage, engines: Engines) -> Performed:
    """With the lease in hand; what is not the recording's fault puts the step off."""
    try:
        performed = _run(recordings, courier, message, engines)
        if performed.outcome == "died":
            courier.queue.put_off(message, 0.0)
        else:
            _pass_on(recordings, courier, message, performed)
    except EngineStopped as error:
        return Performed("given_back", error.code)
    except CourierAway:
        raise
    except JudgeBusy as error:
        return _put_off(courier, message, error.delay_s, error.code)
    except EngineReplaced as error:
        return _put_off(courier, message, 0.0, error.code)
    except SonicLayerError as error:
        if error.code == "object_damaged":  # the manifest, say: it will be so in 30 s; reconcile tells of it
            return _leave(courier, message, error)
        log.event(_LOG, "step put off", level=logging.WARNING, error=error, **_keys(message, error.code))
        return _put_off(courier, message, TROUBLE_S, error.code)
    return performed


def _run(recordings: Recordings, courier: Courier, message: StepMessage, engines: Engines) -> Performed:
    """The step itself, if it is still to be done."""
    recording = recordings.get(message.step.audio_id)
    if recording is None or recording.run != message.run:
        return Performed("gone")
    run = recordings.run(recording)
    due = None
    with unless_deleted(run):
        due = _due(run, message)
    if not due:
        return Performed("gone" if due is None else "already_done")
    started_s = time.monotonic()
    ended = _attempt(courier, run, message, engines)
    code = ended.error.code if ended.error else None
    return Performed(ended.ended, code, time.monotonic() - started_s, ended.result, ended.error)


def _pass_on(recordings: Recordings, courier: Courier, message: StepMessage, performed: Performed) -> None:
    """Queue what comes next.

    The message is forgotten before the store is looked at: what has become due again while it was out, this very step
    after a retry say, could not be put in beside it, and is put in now.
    """
    courier.queue.forget(message)
    if performed.outcome != "done":  # what is done has no further attempts
        courier.attempts.forget(message)
    recording = recordings.get(message.step.audio_id)
    if recording is None or recording.run != message.run:
        return
    run, result = recordings.run(recording), performed.result
    if message.again:
        answered = isinstance(result, WindowEvaluation) and result.origin is not None
        advance_improved(recordings, courier, run, message, answered=answered)
    else:
        advance_after(recordings, courier, run, message.step, request_id=message.request_id)


def _due(run: Run, message: StepMessage) -> bool | None:
    """Whether a step is still to be done; None when nothing of the recording is."""
    step = message.step
    survey = run.survey() if step.window is None else run.window_survey((step.window,))
    if survey.stopped:
        return None
    if message.again:
        return step in survey.improving
    return step in (next_steps(survey) if step.window is None else window_steps(survey, step.window))


def _attempt(courier: Courier, run: Run, message: StepMessage, engines: Engines) -> Attempt:
    """A fault of our own counts like a death of the engine: it must not go round for ever."""
    count_death = partial(courier.attempts.count, message)
    try:
        return attempt(run, message.step, engines, partial(_found, courier, run, message), count_death)
    except SonicLayerError:
        raise
    except Exception as bug:  # noqa: BLE001 - whatever it is, it is told, counted and ended
        log.event(_LOG, "fault in SonicLayer", level=logging.ERROR, error=bug, **_keys(message, "internal"))
        error = EngineDied(f"{type(bug).__name__}: {bug}", code="internal")
        return after_death(run, message.step, error, count_death())


def _found(courier: Courier, run: Run, message: StepMessage, found: Seen) -> None:
    """While Redis is away `prepare` goes on; what it found is queued at its end."""
    try:
        advance_found(courier, run, found, request_id=message.request_id)
    except CourierAway as error:
        log.event(_LOG, "window not queued yet", level=logging.DEBUG, error=error, **_keys(message, error.code))


def _put_off(courier: Courier, message: StepMessage, delay_s: float, code: str | None) -> Performed:
    courier.queue.put_off(message, delay_s)
    return Performed("put_off", code)


def _leave(courier: Courier, message: StepMessage, error: SonicLayerError) -> Performed:
    courier.queue.forget(message)
    courier.attempts.forget(message)
    return Performed("given_up", error.code, error=error)


def _keys(message: StepMessage, code: str) -> dict[str, object]:
    step = message.step
    return {
        "recording": step.audio_id,
        "stage": step.stage,
        "window": step.window,
        "persona": step.persona,
        "code": code,
    }
