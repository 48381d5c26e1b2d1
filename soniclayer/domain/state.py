"""The state of a recording and how far it is, derived from its survey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from soniclayer.domain.step import Step, Survey

if TYPE_CHECKING:
    from collections.abc import Mapping

State = Literal["accepted", "preparing", "processing", "completed", "completed_with_errors", "failed", "cancelled"]
ENDED: frozenset[State] = frozenset({"completed", "completed_with_errors", "failed", "cancelled"})


def state_of(survey: Survey) -> State:
    """The one word for people."""
    if survey.cancelled:
        return "cancelled"
    if survey.summarised:
        return "completed_with_errors" if survey.failed - survey.done or survey.damaged else "completed"
    if _gave_up(survey):
        return "failed"
    if survey.prepared:
        return "processing"
    return "preparing" if survey.windows else "accepted"


def done_s(survey: Survey, durations_s: Mapping[int, float]) -> float:
    """Seconds of audio whose wanted steps have all ended; `durations_s` gives the length of each window."""
    return sum(durations_s[window] for window in survey.windows if _window_ended(survey, window))


def _gave_up(survey: Survey) -> bool:
    prepare_failed = Step(survey.audio_id, "prepare") in survey.failed and not survey.windows
    return prepare_failed or Step(survey.audio_id, "summarise") in survey.failed


def _window_ended(survey: Survey, window: int) -> bool:
    transcribe = Step(survey.audio_id, "transcribe", window)
    classify = Step(survey.audio_id, "classify", window)
    for step in (transcribe, classify):
        if step not in survey.done:
            return step in survey.failed
    return all(survey.ended(Step(survey.audio_id, "evaluate", window, persona)) for persona, _ in survey.personas)
