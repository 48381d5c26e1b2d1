"""What people do to a recording: cancel, retry, delete, evaluate again. The store first, then Redis, if it is there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from soniclayer import log
from soniclayer.domain.state import ENDED, state_of
from soniclayer.domain.step import Step
from soniclayer.errors import Conflict
from soniclayer.jobs.advance import advance
from soniclayer.jobs.later import left_to_reconcile
from soniclayer.jobs.reading import found_run
from soniclayer.jobs.tell import tell_deleted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soniclayer.courier.courier import Courier
    from soniclayer.domain.persona import Persona
    from soniclayer.domain.step import Survey
    from soniclayer.storage.recordings import Recordings
    from soniclayer.storage.run import Run


def cancel(recordings: Recordings, courier: Courier, audio_id: str) -> None:
    """Let nothing more be computed; what is there stays. A recording that is cancelled already is left so.

    Raises:
        RecordingMissing: there is none of that id.
        Conflict: `already_ended`.
    """
    with found_run(recordings, audio_id) as run:
        state = state_of(run.survey())
        if state in ENDED and state != "cancelled":
            raise Conflict(f"{run.recording.name!r} is {state}: nothing to cancel", code="already_ended")
        run.cancel()
        _advance(recordings, courier, run)


def retry(recordings: Recordings, courier: Courier, audio_id: str) -> None:
    """Try again what was given up or cancelled: attempts are cleared, then failures.

    Raises:
        RecordingMissing: there is none of that id.
        Conflict: `nothing_to_retry`.
    """
    with found_run(recordings, audio_id) as run:
        survey = run.survey()
        if not survey.stopped and not survey.failed:
            raise Conflict(f"nothing of {run.recording.name!r} was given up or cancelled", code="nothing_to_retry")
        try_again(recordings, courier, run)


def delete(recordings: Recordings, courier: Courier, audio_id: str) -> None:
    """Remove a recording and everything computed from it, for good.

    Raises:
        RecordingMissing: there is none of that id.
    """
    with found_run(recordings, audio_id) as run:
        recordings.delete(run.recording)
    with left_to_reconcile(audio_id):
        tell_deleted(courier, run.recording)
        recordings.forget(run.recording)


def re_evaluate(
    recordings: Recordings, courier: Courier, audio_id: str, personas: Sequence[Persona], *, only: str | None = None
) -> bool:
    """Ask these personas, as they are now, anew; False when exactly that is on its way, or nothing is there to judge.

    Each gets an edition that no other evaluation of the recording has: also one that is unchanged is asked again, as
    its flow, or the model behind it, may be another now. Evaluations that were given up are tried again. Two calls at
    once for the same are one. Of two for different ones each gets its own, unless Redis is away: then the later holds.

    Args:
        recordings: where it is.
        courier: brings it to the workers.
        audio_id: which one.
        personas: all that there are now.
        only: this one alone takes the place of its older self, or is added; the others stay as they were.

    Raises:
        RecordingMissing: there is none of that id.
        Conflict: `cancelled`; retry it first.
    """
    with found_run(recordings, audio_id) as run:
        with courier.changes.alone(run.recording):
            if not _want_anew(recordings, run, personas, only):
                return False
        _advance(recordings, courier, run)
    return True


def try_again(recordings: Recordings, courier: Courier, run: Run) -> None:
    """Let everything of a recording that was given up or cancelled be tried again, and queue it."""
    with left_to_reconcile(run.recording.audio_id):
        courier.attempts.clear(run.recording)
    recordings.reopen(run)
    _advance(recordings, courier, run)


def _advance(recordings: Recordings, courier: Courier, run: Run) -> None:
    """Queue and tell what has become of it; windows that had ended may have steps again."""
    with left_to_reconcile(run.recording.audio_id):
        courier.progress.forget(run.recording)
        advance(recordings, courier, run, request_id=log.request_id.get())


def _want_anew(recordings: Recordings, run: Run, now: Sequence[Persona], only: str | None) -> bool:
    """Write down what is wanted, if it is something new."""
    survey, before = run.survey(), run.wanted()
    if survey.cancelled:
        raise Conflict(f"{run.recording.name!r} is cancelled: retry it first", code="cancelled")
    asked = [persona for persona in now if only in {None, persona.name}]
    given_up = any(_concerns(step, only) for step in survey.failed)
    if not given_up and _is_known(before.personas, asked, only) and _is_pointless(survey, asked):
        return False
    edition = 1 + max((persona.edition for persona in before.personas), default=0)
    fresh = {persona.name: replace(persona, edition=edition) for persona in asked}
    kept = () if only is None else tuple(fresh.pop(persona.name, persona) for persona in before.personas)
    recordings.mark_open(run.recording)
    run.want(replace(before, personas=(*kept, *fresh.values())))
    run.forget_failures(lambda step: _concerns(step, only))
    recordings.mark_open(run.recording)
    return True


def _is_known(before: Sequence[Persona], asked: Sequence[Persona], only: str | None) -> bool:
    """Whether those are wanted already, just as they are."""
    known = {persona.name: persona for persona in before if only in {None, persona.name}}
    return known.keys() == {one.name for one in asked} and all(one.same_as(known[one.name]) for one in asked)


def _is_pointless(survey: Survey, asked: Sequence[Persona]) -> bool:
    """Whether they are being asked still, or have nothing to be asked about: the recording has failed."""
    if not survey.prepared and Step(survey.audio_id, "prepare") not in survey.failed:
        return True
    steps = [Step(survey.audio_id, "evaluate", window, one.name) for window in survey.windows for one in asked]
    return not all(survey.ended(step) for step in steps) or not steps


def _concerns(step: Step, only: str | None) -> bool:
    """Whether a step that was given up is to be tried again with new personas: the summary is, always."""
    return step.stage == "summarise" or (step.stage == "evaluate" and only in {None, step.persona})
