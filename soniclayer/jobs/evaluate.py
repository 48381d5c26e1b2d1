"""Runs a step of the stage `evaluate`: asks a judge, if there is one, and has the rules speak where it does not."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from soniclayer import log
from soniclayer.domain.segment import WindowEvaluation
from soniclayer.domain.step import Tries
from soniclayer.errors import RecordingGone, SonicLayerError, StoreError
from soniclayer.jobs.judge import Judgement, Question
from soniclayer.pipeline.evaluate import evaluate, fill_in
from soniclayer.storage import names

if TYPE_CHECKING:
    from soniclayer.domain.persona import Persona
    from soniclayer.domain.segment import Analysis, Source, Transcript
    from soniclayer.domain.step import Step
    from soniclayer.jobs.judge import Judge
    from soniclayer.storage.run import Run

_LOG = logging.getLogger(__name__)

MOST_TRIES = 3
"""A judge that has answered so often, and not of every segment, is not asked again: what the rules say is kept."""

MOST_SILENT = 20
"""The same of one that was silent so often, while it answered others."""


def evaluate_window(run: Run, step: Step, judge: Judge | None) -> WindowEvaluation:
    """Do one step and store its result: provisional where the judge is to be asked again.

    Raises:
        RecordingGone: the persona is not wanted any more, or the recording is gone.
        JudgeBusy: the persona's flow has enough to do for now.
        EngineStopped: the judge was told to stop.
        StoreError: the store failed.
    """
    number = step.window or 0
    persona = _wanted_persona(run, step)
    transcript, analysis = run.transcript(number), run.analysis(number)
    by_rules = evaluate(persona, transcript, analysis)
    if judge is None or not analysis.segments:
        return _store(run, persona, _fuller(by_rules, _before(run, step, persona)))
    judgement = _ask(judge, step, persona, _questions(transcript, analysis))
    evaluation = replace(fill_in(judgement.evaluations, by_rules), origin=judgement.origin)
    if _judged(evaluation) == len(evaluation.evaluations):
        return _store(run, persona, evaluation)
    _tell(step, judgement)
    before = _before(run, step, persona)
    if judgement.silent and not (before.evaluation and judge.answers(persona)):
        return _store(run, persona, evaluation, before.tries)
    tries = Tries(before.tries.answered + (not judgement.silent), before.tries.silent + judgement.silent)
    ended = tries.answered >= MOST_TRIES or tries.silent >= MOST_SILENT
    return _store(run, persona, _fuller(evaluation, before), None if ended else tries)


def keep_for_good(run: Run, step: Step) -> bool:
    """Make final what there is of an evaluation that was to become better; False when there is nothing.

    Raises:
        RecordingGone: it is not wanted any more.
        StoreError: the store failed.
    """
    if step.stage != "evaluate":
        return False
    persona = _wanted_persona(run, step)
    there = _before(run, step, persona).evaluation
    if there is not None:
        _store(run, persona, there)
    return there is not None


def _ask(judge: Judge, step: Step, persona: Persona, questions: list[Question]) -> Judgement:
    """What the judge says. A fault of its own is ours, and no reason why the persona should have nothing to say."""
    try:
        return judge.judge(persona, questions)
    except SonicLayerError:
        raise
    except Exception as bug:  # noqa: BLE001 - whatever it is, it is told, and counts as an answer that made no sense
        log.event(_LOG, "fault in SonicLayer", logging.ERROR, error=bug, code="internal", **_keys(step))
        return Judgement((), None, fault=f"fault in SonicLayer: {type(bug).__name__}")


def _wanted_persona(run: Run, step: Step) -> Persona:
    for persona in run.wanted().personas:
        if persona.name == step.persona:
            return persona
    raise RecordingGone(f"{step.persona} is not wanted any more")


def _questions(transcript: Transcript, analysis: Analysis) -> list[Question]:
    texts = {segment.segment_id: segment.text for segment in transcript.segments}
    return [
        Question(labels.segment_id, texts[labels.segment_id], labels.topic.name, labels.tone.name)
        for labels in analysis.segments
    ]


@dataclass(frozen=True)
class _Before:
    """What there is already: provisional, after so many tries; or nothing."""

    tries: Tries
    evaluation: WindowEvaluation | None = None


def _before(run: Run, step: Step, persona: Persona) -> _Before:
    number = step.window or 0
    survey = run.window_survey([number])
    tries = survey.provisional.get(step)
    if tries is None or (persona.name, persona.fingerprint) not in survey.personas:  # wanted otherwise meanwhile
        return _Before(Tries())
    try:
        return _Before(tries, run.evaluation(number, persona.name, persona.fingerprint, tries))
    except StoreError as error:
        if error.code != "object_damaged":
            raise
        return _Before(tries)  # a better one is written beside it


def _fuller(evaluation: WindowEvaluation, before: _Before) -> WindowEvaluation:
    """That of which more is judged: a try that brings less than the one before takes nothing away."""
    there = before.evaluation
    return evaluation if there is None or _judged(evaluation) >= _judged(there) else there


def _judged(evaluation: WindowEvaluation) -> int:
    return sum(one.source == "langflow" for one in evaluation.evaluations)


def _store(run: Run, persona: Persona, evaluation: WindowEvaluation, tries: Tries | None = None) -> WindowEvaluation:
    """Keep it for good, or, when so many tries have not made it whole, as provisional."""
    number, fingerprint = evaluation.window, persona.fingerprint
    name = names.evaluation(number, persona.name, fingerprint)
    if tries is not None:
        name = names.provisional(number, persona.name, fingerprint, tries)
    source: Source = "langflow" if _judged(evaluation) else "rules"
    stored = replace(evaluation, provisional=tries is not None, source=source)
    run.create(name, stored)
    return stored


def _tell(step: Step, judgement: Judgement) -> None:
    log.event(
        _LOG,
        "rules stand in",
        logging.DEBUG if judgement.silent else logging.WARNING,  # who is silent is told of once, by its breaker
        silent=judgement.silent,
        fault=judgement.fault,
        **_keys(step),
    )


def _keys(step: Step) -> dict[str, Any]:
    return {"recording": step.audio_id, "window": step.window, "persona": step.persona}
