"""Tells through Redis how far a recording is: its line in the index, its progress, and events for those who listen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from soniclayer.courier.index import Entry
from soniclayer.domain.state import ENDED, State, state_of
from soniclayer.domain.step import Step, window_steps
from soniclayer.jobs.span import span_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from soniclayer.courier.courier import Courier
    from soniclayer.domain.recording import Recording
    from soniclayer.domain.step import Survey
    from soniclayer.domain.summary import Summary
    from soniclayer.domain.window import Plan, Window
    from soniclayer.storage.run import Run


def tell_all(courier: Courier, run: Run, survey: Survey, *, anew: bool = False) -> None:
    """Everything, as the store tells it; windows that are noted as ended already are not read again.

    The state is told as an event when it is another one than before, or `anew`.
    """
    noted = courier.progress.windows(run.recording)
    ended = [number for number in survey.windows - noted if not window_steps(survey, number)]
    total_s = _total_s(run, survey)
    if survey.windows and not survey.unreadable:
        lengths_s = {number: span_of(run, number).duration_s for number in ended}
        courier.progress.note(run.recording, lengths_s, total_s, _planned(survey))
    failures = len(survey.failed - survey.done) + bool(survey.unreadable)
    line = line_of(run.recording, state_of(survey), total_s, failures, _scores(run, survey))
    _tell_line(courier, run, line, anew=anew)


def tell_unreadable(courier: Courier, audio_id: str) -> None:
    """That not even the manifest of a recording can be read: nothing can be done until that is mended."""
    known = courier.index.get(audio_id)
    if known is not None and known.state != "failed":
        courier.index.put(replace(known, state="failed", failures=max(1, known.failures)))
        courier.events.publish("state", audio_id, state="failed", ended=True)


def tell_deleted(courier: Courier, recording: Recording) -> None:
    """That it is gone. The line of the same bytes uploaded again stays."""
    _take_out(courier, recording)
    courier.attempts.clear(recording)
    courier.progress.forget(recording)
    courier.events.publish("deleted", recording.audio_id)


def line_of(
    recording: Recording, state: State, duration_s: float, failures: int, scores: Mapping[str, float] | None = None
) -> Entry:
    """A recording's line in the index."""
    return Entry(
        audio_id=recording.audio_id,
        run=recording.run,
        name=recording.name,
        size_bytes=recording.size_bytes,
        uploaded_at=recording.uploaded_at,
        state=state,
        duration_s=duration_s,
        failures=failures,
        scores=scores or {},
    )


def scores_of(summary: Summary) -> dict[str, float]:
    """Persona -> mean score; without those that had nothing to judge."""
    return {one.persona: one.mean_score for one in summary.personas if one.mean_score is not None}


def tell_window_published(courier: Courier, run: Run, window: Window) -> None:
    """`prepare` has come to the end of this window."""
    courier.progress.expect(run.recording, window.end_s)
    if window.number == 0:
        _tell_line(courier, run, line_of(run.recording, "preparing", 0.0, 0))


def tell_plan(courier: Courier, run: Run, plan: Plan) -> None:
    """`prepare` has read all of it."""
    courier.progress.plan(run.recording, plan.duration_s, plan.windows)
    _tell_line(courier, run, line_of(run.recording, "processing", plan.duration_s, 0))
    _tell_progress(courier, run.recording)


def tell_window_ended(courier: Courier, run: Run, number: int) -> None:
    """Every wanted step of this window has ended."""
    courier.progress.window_ended(run.recording, number, span_of(run, number).duration_s)
    tell_window_changed(courier, run, number)
    _tell_progress(courier, run.recording)


def tell_window_changed(courier: Courier, run: Run, number: int) -> None:
    """There is more to read of this window than before, or something better."""
    span = span_of(run, number)
    times_s = {"start_s": span.start_s, "end_s": span.end_s}
    courier.events.publish("window", run.recording.audio_id, window=number, **times_s)


def _tell_line(courier: Courier, run: Run, line: Entry, *, anew: bool = False) -> None:
    """The line in the index, and an event when the state is another one than before, or `anew`."""
    known = courier.index.get(line.audio_id)
    if line == known and not anew:
        return
    courier.index.put(line)
    if not run.is_current():  # whoever deletes it may have taken the line out just before
        _take_out(courier, run.recording)
    elif anew or known is None or (known.run, known.state) != (line.run, line.state):
        courier.events.publish("state", line.audio_id, state=line.state, ended=line.state in ENDED)


def _tell_progress(courier: Courier, recording: Recording) -> None:
    progress = courier.progress.read(recording)
    if progress is not None:
        facts = {"done_s": progress.done_s, "total_s": progress.total_s, "estimated": progress.estimated}
        courier.events.publish("progress", recording.audio_id, **facts)


def _take_out(courier: Courier, recording: Recording) -> None:
    line = courier.index.get(recording.audio_id)
    if line is not None and line.run == recording.run:
        courier.index.remove(recording.audio_id)


def _scores(run: Run, survey: Survey) -> dict[str, float]:
    """Those of the latest summary, also while another is on its way."""
    return {} if survey.summary_inputs is None else scores_of(run.summary())


def _total_s(run: Run, survey: Survey) -> float:
    """How long a recording is, or for now seems to be."""
    if survey.planned is not None:
        return run.plan().duration_s
    return span_of(run, max(survey.windows)).end_s if survey.windows else 0.0


def _planned(survey: Survey) -> int | None:
    """How many windows there will be; None while `prepare` goes on."""
    if Step(survey.audio_id, "prepare") in survey.failed:
        return len(survey.windows)
    return survey.planned
