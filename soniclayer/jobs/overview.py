"""What there is to tell of one recording before its results are read: state, progress, stages, failures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soniclayer.courier.progress import Progress
from soniclayer.domain.recording import Options, Recording
from soniclayer.domain.state import ENDED, State, state_of
from soniclayer.domain.step import Stage, Step, window_steps
from soniclayer.domain.summary import Failure
from soniclayer.jobs.reading import found_run
from soniclayer.jobs.span import span_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from soniclayer.domain.step import Survey
    from soniclayer.domain.window import Plan
    from soniclayer.storage.recordings import Recordings
    from soniclayer.storage.run import Run


@dataclass(frozen=True)
class StageProgress:
    """One stage of a recording: how many of its steps are done, were given up, and there will be (as far as known)."""

    done: int
    failed: int
    total: int


@dataclass(frozen=True)
class Overview:
    """A recording as its page shows it, computed from the store alone.

    `summarised`: there is a summary, be it one that will be replaced. `options` is None where that cannot be read.
    """

    recording: Recording
    state: State
    progress: Progress
    stages: dict[Stage, StageProgress]
    personas: tuple[str, ...]
    options: Options | None
    failures: tuple[Failure, ...]
    damage: str | None
    summarised: bool


def overview(recordings: Recordings, audio_id: str) -> Overview:
    """Look one recording up. Linear in windows: 0.1 s for ten hours.

    Raises:
        RecordingMissing: there is none of that id.
        StoreError: the store failed.
    """
    with found_run(recordings, audio_id) as run:
        return _overview(run)


def _overview(run: Run) -> Overview:
    survey = run.survey()
    wanted = None if survey.unreadable else run.wanted()
    plan = run.plan() if survey.planned is not None else None
    return Overview(
        recording=run.recording,
        state=state_of(survey),
        progress=_progress(run, survey, plan),
        stages=_stages(survey),
        personas=tuple(persona.name for persona in wanted.personas) if wanted else (),
        options=wanted.options if wanted else None,
        failures=run.failures(survey),
        damage=plan.damage if plan else None,
        summarised=survey.summary_inputs is not None,
    )


def _progress(run: Run, survey: Survey, plan: Plan | None) -> Progress:
    """Of a finished recording it is all; else every window that has ended counts."""
    state = state_of(survey)
    if plan is not None and state in {"completed", "completed_with_errors"}:
        return Progress(plan.duration_s, plan.duration_s, estimated=False)
    ended = [number for number in survey.windows if not window_steps(survey, number)]
    done_s = sum(span_of(run, number).duration_s for number in ended)
    total_s = plan.duration_s if plan else span_of(run, max(survey.windows)).end_s if survey.windows else 0.0
    return Progress(round(done_s, 3), max(total_s, done_s), estimated=plan is None and state not in ENDED)


def _stages(survey: Survey) -> dict[Stage, StageProgress]:
    done = Counter(step.stage for step in survey.done)
    failed = Counter(step.stage for step in survey.failed - survey.done)
    windows = max(survey.planned or 0, len(survey.windows))
    heard = windows - failed["transcribe"]
    labelled = heard - failed["classify"]
    wanted = {persona for persona, _ in survey.personas}
    evaluations_failed = sum(step.persona in wanted for step in _given_up(survey, "evaluate"))
    return {
        "prepare": StageProgress(done["prepare"], failed["prepare"], 1),
        "transcribe": StageProgress(done["transcribe"], failed["transcribe"], windows),
        "classify": StageProgress(done["classify"], failed["classify"], heard),
        "evaluate": StageProgress(done["evaluate"], evaluations_failed, labelled * len(wanted)),
        "summarise": StageProgress(int(survey.covered), failed["summarise"], 1),
    }


def _given_up(survey: Survey, stage: Stage) -> Iterable[Step]:
    return (step for step in survey.failed - survey.done if step.stage == stage)
