"""Reads what there is of a recording, for reports and exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.domain.state import state_of
from soniclayer.domain.summary import Result, Summary

if TYPE_CHECKING:
    from soniclayer.storage.run import Run


def result_of(run: Run, name: str) -> Result:
    """A recording as readers get it, called `name`.

    Of one that failed before anything could be read, the summary is empty but for its failures.
    """
    survey = run.survey()
    state = state_of(survey)
    if survey.summary_inputs is None:
        return Result(run.recording.audio_id, name, state, _empty_summary(run), ())
    return Result(run.recording.audio_id, name, state, run.summary(), run.segments().segments)


def _empty_summary(run: Run) -> Summary:
    return Summary(
        inputs="",
        duration_s=0.0,
        speech_s=0.0,
        language=None,
        language_probability=None,
        loudness_lufs=None,
        dead_air=(),
        damage=None,
        personas=(),
        topic_shares=(),
        tone_shares=(),
        failures=run.failures(),
    )
