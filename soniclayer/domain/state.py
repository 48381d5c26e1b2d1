"""The state of a recording, derived from its survey."""

from __future__ import annotations

from typing import Literal

from soniclayer.domain.step import Step, Survey

State = Literal["accepted", "preparing", "processing", "completed", "completed_with_errors", "failed", "cancelled"]
RUNNING: tuple[State, ...] = ("accepted", "preparing", "processing")
ENDED: frozenset[State] = frozenset({"completed", "completed_with_errors", "failed", "cancelled"})


def state_of(survey: Survey) -> State:
    """The one word for people."""
    if survey.cancelled:
        return "cancelled"
    if survey.unreadable:  # results that were there before are there still
        return "failed" if survey.summary_inputs is None else "completed_with_errors"
    if survey.covered:
        return "completed_with_errors" if survey.failed - survey.done or survey.damaged else "completed"
    prepare, summarise = Step(survey.audio_id, "prepare"), Step(survey.audio_id, "summarise")
    if summarise in survey.failed or (prepare in survey.failed and not survey.windows):
        return "failed"
    if survey.prepared or prepare in survey.failed:
        return "processing"
    return "preparing" if survey.windows else "accepted"
