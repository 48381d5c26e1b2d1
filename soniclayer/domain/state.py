"""The state of a recording, derived from its survey."""

from __future__ import annotations

from typing import Literal

from soniclayer.domain.step import Step, Survey

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


def _gave_up(survey: Survey) -> bool:
    prepare_failed = Step(survey.audio_id, "prepare") in survey.failed and not survey.windows
    return prepare_failed or Step(survey.audio_id, "summarise") in survey.failed
