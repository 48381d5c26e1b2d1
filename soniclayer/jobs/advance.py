"""Queues what can be done next. Called after every step, by whoever changed something, and by reconcile.

What is provisional is queued by reconcile, and where an evaluation has become better: `jobs.improve`.

Queue first, then tell: what dies in between leaves a step that finds itself done, or one that reconcile queues.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from soniclayer.courier.message import StepMessage
from soniclayer.domain.step import next_steps, window_steps
from soniclayer.domain.turns import AHEAD, due_steps, steps_let_in
from soniclayer.domain.window import Plan, PreparedWindow
from soniclayer.errors import ObjectMissing
from soniclayer.jobs.tell import tell_all, tell_plan, tell_window_ended, tell_window_published

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from soniclayer.courier.courier import Courier
    from soniclayer.domain.step import Step, Survey
    from soniclayer.jobs.run_step import Seen
    from soniclayer.storage.recordings import Recordings
    from soniclayer.storage.run import Run


def advance(
    recordings: Recordings, courier: Courier, run: Run, *, request_id: str | None = None, summarised: bool = False
) -> Survey | None:
    """Look at all of a recording: queue every step that is due, or close it when none is left. Linear in windows.

    Also brings its line in the index and its progress up to date, and tells its state when that is another one, or when
    there is a new summary (`summarised`). What was found; None of one that was deleted meanwhile, to which nothing
    happens.

    Raises:
        StoreError: the store failed.
        CourierAway: Redis is away; reconcile does it later.
    """
    with unless_deleted(run):
        survey = run.survey()
        if not next_steps(survey):
            survey = recordings.close(run)
        due = due_steps(survey)
        _queue(courier, run, due, request_id)
        tell_all(courier, run, survey, anew=summarised)
        if any(step.stage == "summarise" for step in due) and run.settled_summary():
            tell_all(courier, run, run.survey())  # who summarised has told before us that it has ended
        return survey
    return None


def advance_after(
    recordings: Recordings, courier: Courier, run: Run, step: Step, *, request_id: str | None = None
) -> None:
    """Queue what a step that has just ended enabled.

    It looks at the step's window and at two more: milliseconds, however long the recording. Only where that may have
    been the last window, or the step is the recording's own, it looks at all of it.
    """
    if step.window is None:
        advance(recordings, courier, run, request_id=request_id, summarised=step.stage == "summarise")
        return
    with unless_deleted(run):
        if _advance_window(courier, run, step, step.window, request_id):
            advance(recordings, courier, run, request_id=request_id)


def advance_found(courier: Courier, run: Run, found: Seen, *, request_id: str | None = None) -> None:
    """Queue what a finding of `prepare` enabled: the transcription of a window just published, when it is its turn."""
    if isinstance(found, PreparedWindow):
        number = found.window.number
        survey = run.window_survey((number, number - AHEAD))
        _queue(courier, run, [step for step in due_steps(survey) if step.window == number], request_id)
        tell_window_published(courier, run, found.window)
    elif isinstance(found, Plan):
        tell_plan(courier, run, found)
    else:
        courier.progress.expect(run.recording, found.duration_s)


@contextmanager
def unless_deleted(run: Run) -> Iterator[None]:
    """Around what is read of a recording: when it was deleted meanwhile, nothing that is missing is a fault."""
    try:
        yield
    except ObjectMissing:
        if run.is_current():
            raise


def _advance_window(courier: Courier, run: Run, step: Step, number: int, request_id: str | None) -> bool:
    """What a step of a window enabled; whether all of the recording has to be looked at."""
    survey = run.window_survey((number - AHEAD, number, number + AHEAD))
    if survey.stopped:
        return survey.unreadable is not None
    _queue(courier, run, steps_let_in(survey, step), request_id)
    ended = not window_steps(survey, number)
    if ended:
        tell_window_ended(courier, run, number)
    return ended and courier.progress.all_ended(run.recording)


def _queue(courier: Courier, run: Run, steps: Iterable[Step], request_id: str | None) -> None:
    for step in steps:
        courier.queue.put(StepMessage(run.recording.run, step, request_id))
