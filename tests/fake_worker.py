"""A worker in the test's own process: it does one step at a time of what was uploaded, without models."""

from __future__ import annotations

from contextlib import nullcontext

from fake_engine import FakeEngine

from soniclayer.courier.message import StepMessage
from soniclayer.domain.step import next_steps
from soniclayer.jobs.engine import Engines
from soniclayer.jobs.perform import perform


class FakeWorker:
    """Does the steps of any recording in the order of `next_steps`, over a store and a courier."""

    def __init__(self, recordings, courier, windows: int = 3, judge=None) -> None:
        self.recordings = recordings
        self.courier = courier
        self.engine = FakeEngine(windows)
        self.judge = judge

    def step(self, audio_id: str) -> str | None:
        """Do the next step; its name, None when nothing is left."""
        recording = self.recordings.get(audio_id)
        steps = next_steps(self.recordings.run(recording).survey())
        if not steps:
            return None
        message = StepMessage(recording.run, steps[0])
        engines = Engines(self.engine, self.judge, listened=True)
        performed = perform(self.recordings, self.courier, message, engines, lambda _: nullcontext())
        assert performed.outcome == "done", performed
        return steps[0].name

    def until(self, audio_id: str, name: str) -> None:
        """Do steps up to this one."""
        while (done := self.step(audio_id)) != name:
            assert done, f"no step {name}"

    def finish(self, audio_id: str) -> None:
        """Do all there is to do."""
        while self.step(audio_id):
            pass
