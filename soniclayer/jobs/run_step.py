"""Runs one step: reads its inputs from the store, does it, writes its one object. Safe to run twice, and to die in."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from soniclayer.domain.segment import Analysis, Transcript, WindowEvaluation
from soniclayer.domain.summary import Failure, Summary
from soniclayer.domain.window import Expected, Plan, PreparedWindow
from soniclayer.errors import ObjectMissing, StoreError
from soniclayer.jobs.evaluate import evaluate_window, keep_for_good
from soniclayer.jobs.listening import make_listening_copy
from soniclayer.jobs.picture import picture_of
from soniclayer.jobs.results import results_of_window
from soniclayer.pipeline.resume import resume_after
from soniclayer.pipeline.summarise import summarise
from soniclayer.storage import names

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from soniclayer.domain.step import Step
    from soniclayer.domain.window import Window
    from soniclayer.errors import SonicLayerError
    from soniclayer.jobs.engine import Engine, Engines
    from soniclayer.storage.run import Run

Seen = Expected | PreparedWindow | Plan
Result = Plan | Transcript | Analysis | WindowEvaluation | Summary


def run_step(run: Run, step: Step, engines: Engines, seen: Callable[[Seen], None]) -> Result:
    """Do one step and store its result; what it has found, which is not what is stored when somebody was faster.

    Args:
        run: the recording's objects.
        step: one of `next_steps`.
        engines: for all stages but `summarise`.
        seen: is called while `prepare` goes on: with what it expects, every window it has published, and its plan.

    Raises:
        InputError: the recording is at fault.
        EngineError: the engine failed.
        JudgeBusy: a persona's flow has enough to do for now.
        RecordingGone: it was deleted, cancelled or replaced meanwhile.
        StoreError: the store failed.
    """
    run.check_alive()
    try:
        return _do(run, step, engines, seen)
    except ObjectMissing:
        run.check_alive()  # a deletion takes the inputs away first
        raise


def give_up(run: Run, step: Step, error: SonicLayerError, attempts: int) -> None:
    """Write down that a step failed for good; the rest of the recording goes on.

    An evaluation that was to become better is no failure: it is kept as it is.
    """
    if not keep_for_good(run, step):
        run.fail(step, Failure(step.name, error.code, str(error), attempts))


def _do(run: Run, step: Step, engines: Engines, seen: Callable[[Seen], None]) -> Result:
    number, engine = -1 if step.window is None else step.window, engines.engine
    if step.stage == "prepare":
        return _prepare(run, engines, seen)
    if step.stage == "transcribe":
        return _transcribe(run, number, engine)
    if step.stage == "classify":
        return _classify(run, number, engine)
    if step.stage == "evaluate":
        return evaluate_window(run, step, engines.judge)
    return _summarise(run)


def _prepare(run: Run, engines: Engines, seen: Callable[[Seen], None]) -> Plan:
    """Publish every window that is not published yet, then what is told of all of them, the plan last."""
    published = [run.window(number) for number in range(run.published())]
    language = run.wanted().options.language
    for window in published:  # another process may have published some since the caller looked
        seen(PreparedWindow(window, b""))
    resume = resume_after(published)
    with run.source() as source, closing(engines.engine.prepare(source, language, resume)) as findings:
        for found in findings:
            if isinstance(found, PreparedWindow):
                run.publish(found.window, found.flac)
            elif isinstance(found, Plan):
                if engines.listened:
                    make_listening_copy(run, engines.engine, found)
                run.create(names.PEAKS, picture_of(run, found.windows))
                run.create(names.PLAN, found)
            seen(found)
    return run.plan()


def _transcribe(run: Run, number: int, engine: Engine) -> Transcript:
    window = run.window(number)
    try:
        transcript = _hear(run, window, engine)
    except StoreError as error:
        if error.code != "object_damaged":
            raise
        run.forget_audio(number)  # a cache: it is cut again
        transcript = _hear(run, window, engine)
    run.create(names.transcript(number), transcript)
    return transcript


def _hear(run: Run, window: Window, engine: Engine) -> Transcript:
    with _audio(run, window, engine) as audio:
        return engine.transcribe(audio, window)


def _audio(run: Run, window: Window, engine: Engine) -> AbstractContextManager[Path]:
    """The window's sound; cut again when the cache lost it."""
    try:
        with run.window_audio(window.number):
            pass
    except ObjectMissing:
        with run.source() as source:
            run.cache_audio(window.number, engine.cut(source, window))
    return run.window_audio(window.number)


def _classify(run: Run, number: int, engine: Engine) -> Analysis:
    analysis = engine.classify(run.transcript(number))
    run.create(names.analysis(number), analysis)
    return analysis


def _summarise(run: Run) -> Summary:
    survey = run.survey()
    wanted = run.wanted()
    plan = run.plan() if survey.planned is not None else None
    results = (results_of_window(run, survey, number) for number in sorted(survey.windows))
    segments, summary = summarise(survey.inputs, plan, results, wanted.personas, run.failures(survey))
    run.summarise(segments, summary)
    return summary
