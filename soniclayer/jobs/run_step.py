"""Runs one step: reads its inputs from the store, does it, writes its one object. Safe to run twice, and to die in."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from soniclayer.domain.summary import Failure
from soniclayer.domain.window import Expected, Peaks, Plan, PreparedWindow
from soniclayer.errors import ObjectMissing, RecordingGone, StoreError
from soniclayer.pipeline.evaluate import evaluate
from soniclayer.pipeline.resume import resume_after
from soniclayer.pipeline.summarise import Results, summarise
from soniclayer.storage import names

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from soniclayer.domain.segment import Transcript
    from soniclayer.domain.step import Step, Survey
    from soniclayer.domain.window import Window
    from soniclayer.errors import SonicLayerError
    from soniclayer.jobs.engine import Engine
    from soniclayer.storage.run import Run

Seen = Expected | PreparedWindow | Plan


def run_step(run: Run, step: Step, engine: Engine, seen: Callable[[Seen], None]) -> None:
    """Do one step and store its result.

    Args:
        run: the recording's objects.
        step: one of `next_steps`.
        engine: for the stages `prepare`, `transcribe`, `classify`.
        seen: is called while `prepare` goes on: with what it expects, every window it has published, and its plan.

    Raises:
        InputError: the recording is at fault.
        EngineError: the engine failed.
        RecordingGone: it was deleted, cancelled or replaced meanwhile.
        StoreError: the store failed.
    """
    run.check_alive()
    try:
        _do(run, step, engine, seen)
    except ObjectMissing:
        run.check_alive()  # a deletion takes the inputs away first
        raise


def give_up(run: Run, step: Step, error: SonicLayerError, attempts: int) -> None:
    """Write down that a step failed for good; the rest of the recording goes on."""
    run.fail(step, Failure(step.name, error.code, str(error), attempts))


def _do(run: Run, step: Step, engine: Engine, seen: Callable[[Seen], None]) -> None:
    number = -1 if step.window is None else step.window
    if step.stage == "prepare":
        _prepare(run, engine, seen)
    elif step.stage == "transcribe":
        _transcribe(run, number, engine)
    elif step.stage == "classify":
        run.create(names.analysis(number), engine.classify(run.transcript(number)))
    elif step.stage == "evaluate":
        _evaluate(run, number, step.persona)
    else:
        _summarise(run)


def _prepare(run: Run, engine: Engine, seen: Callable[[Seen], None]) -> None:
    """Publish every window that is not published yet, then the plan."""
    published = _published_windows(run, run.survey())
    language = run.wanted().options.language
    for window in published:  # another process may have published some since the caller looked
        seen(PreparedWindow(window, b""))
    resume = resume_after(published)
    with run.source() as source, closing(engine.prepare(source, language, resume)) as findings:
        for found in findings:
            if isinstance(found, PreparedWindow):
                run.publish(found.window, found.flac)
            elif isinstance(found, Plan):
                run.create(names.PEAKS, _peaks(run, found.windows))
                run.create(names.PLAN, found)
            seen(found)


def _published_windows(run: Run, survey: Survey) -> list[Window]:
    """The windows from 0 on without a gap."""
    count = 0
    while count in survey.windows:
        count += 1
    return [run.window(number) for number in range(count)]


def _peaks(run: Run, windows: int) -> Peaks:
    return Peaks(tuple(peak for number in range(windows) for peak in run.window(number).peaks))


def _transcribe(run: Run, number: int, engine: Engine) -> None:
    window = run.window(number)
    try:
        transcript = _hear(run, window, engine)
    except StoreError as error:
        if error.code != "object_damaged":
            raise
        run.forget_audio(number)  # a cache: it is cut again
        transcript = _hear(run, window, engine)
    run.create(names.transcript(number), transcript)


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


def _evaluate(run: Run, number: int, name: str | None) -> None:
    persona = next((persona for persona in run.wanted().personas if persona.name == name), None)
    if persona is None:
        raise RecordingGone(f"{name} is not wanted any more")
    evaluation = evaluate(persona, run.transcript(number), run.analysis(number))
    run.create(names.evaluation(number, persona.name, persona.fingerprint), evaluation)


def _summarise(run: Run) -> None:
    survey = run.survey()
    wanted = run.wanted()
    plan = run.plan() if survey.planned is not None else None
    results = (_results(run, survey, number) for number in sorted(survey.windows))
    segments, summary = summarise(survey.inputs, plan, results, wanted.personas, run.failures())
    run.summarise(segments, summary)


def _results(run: Run, survey: Survey, number: int) -> Results:
    done = {step.name for step in survey.done if step.window == number}
    stem = f"{number:04d}"
    return Results(
        window=run.window(number),
        transcript=run.transcript(number) if f"transcribe.{stem}" in done else None,
        analysis=run.analysis(number) if f"classify.{stem}" in done else None,
        evaluations=tuple(
            run.evaluation(number, name, fingerprint)
            for name, fingerprint in survey.personas
            if f"evaluate.{stem}.{name}" in done
        ),
    )
