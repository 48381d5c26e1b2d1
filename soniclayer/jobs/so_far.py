"""A recording as readers get it while it is worked on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.domain.summary import Summary
from soniclayer.jobs.reading import segments_so_far
from soniclayer.jobs.results import result_of, result_with

if TYPE_CHECKING:
    from soniclayer.domain.step import Survey
    from soniclayer.domain.summary import Result
    from soniclayer.storage.run import Run


def result_so_far(run: Run) -> Result:
    """A recording as it is now, finished or not.

    Where no summary tells of every step: the segments so far, and what `prepare` has found. Evaluations that have
    become better since the summary was made are among the segments.
    """
    recording, survey = run.recording, run.survey()
    if survey.summarised and not survey.provisional:
        return result_of(run, recording.name)
    found = segments_so_far(run)
    summary = run.summary() if survey.covered else _summary(run, survey)
    return result_with(run, recording.name, survey, summary, found.segments)


def _summary(run: Run, survey: Survey) -> Summary:
    """All that a summary can say before it is made."""
    plan = run.plan() if survey.planned is not None else None
    return Summary(
        inputs="",
        duration_s=plan.duration_s if plan else 0.0,
        speech_s=0.0,
        language=plan.language if plan else None,
        language_probability=plan.language_probability if plan else None,
        loudness_lufs=plan.loudness_lufs if plan else None,
        dead_air=plan.dead_air if plan else (),
        damage=plan.damage if plan else None,
        personas=(),
        topic_shares=(),
        tone_shares=(),
        failures=run.failures(survey),
    )
