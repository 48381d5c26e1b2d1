"""Reads what there is of a recording, or of one of its windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.domain.state import state_of
from soniclayer.domain.step import Stage, Step
from soniclayer.domain.summary import Result, Summary
from soniclayer.pipeline.summarise import Results

if TYPE_CHECKING:
    from soniclayer.domain.segment import WindowEvaluation
    from soniclayer.domain.step import Survey
    from soniclayer.domain.summary import SegmentReport
    from soniclayer.storage.run import Run


def result_of(run: Run, name: str) -> Result:
    """A recording as readers get it, called `name`.

    Of one that failed before anything could be read, the summary is empty but for its failures.
    """
    survey = run.survey()
    if survey.summary_inputs is None:
        return result_with(run, name, survey, _empty_summary(run, survey), ())
    return result_with(run, name, survey, run.summary(), run.segments().segments)


def result_with(run: Run, name: str, survey: Survey, summary: Summary, segments: tuple[SegmentReport, ...]) -> Result:
    """The Result of a recording from its parts, with what its manifest and what is wanted of it tell."""
    options = run.wanted().options
    return Result(
        audio_id=run.recording.audio_id,
        name=name,
        uploaded_at=run.recording.uploaded_at,
        models=(options.speech_model, options.label_model),
        state=state_of(survey),
        summary=summary,
        segments=segments,
    )


def results_of_window(run: Run, survey: Survey, number: int) -> Results:
    """What there is of one window."""

    def done(stage: Stage, persona: str | None = None) -> bool:
        return Step(survey.audio_id, stage, number, persona) in survey.done

    def evaluation(persona: str, fingerprint: str) -> WindowEvaluation:
        tries = survey.provisional.get(Step(survey.audio_id, "evaluate", number, persona))
        return run.evaluation(number, persona, fingerprint, tries)

    return Results(
        window=run.window(number),
        transcript=run.transcript(number) if done("transcribe") else None,
        analysis=run.analysis(number) if done("classify") else None,
        evaluations=tuple(
            evaluation(name, fingerprint) for name, fingerprint in survey.personas if done("evaluate", name)
        ),
    )


def _empty_summary(run: Run, survey: Survey) -> Summary:
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
        failures=run.failures(survey),
    )
