"""Messages for tests of the courier."""

from __future__ import annotations

from soniclayer.courier.message import StepMessage
from soniclayer.domain.recording import Recording
from soniclayer.domain.step import Step

AUDIO_ID = "a" * 64
RUN = "r" * 16


def a_step(stage="transcribe", window=3, persona=None, run=RUN, request_id=None):
    """A message for a step, by default of a window in the middle."""
    return StepMessage(run, Step(AUDIO_ID, stage, window, persona), request_id)


def a_recording(run=RUN):
    """A manifest."""
    return Recording(AUDIO_ID, run, "a.wav", 10, "2025-01-01T00:00:00+00:00")
