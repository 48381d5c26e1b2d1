"""Writes down how steps went: a line in the log and the metrics."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from soniclayer import log, metrics
from soniclayer.domain.segment import Transcript, WindowEvaluation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soniclayer.courier.message import StepMessage
    from soniclayer.errors import SonicLayerError
    from soniclayer.jobs.perform import Outcome, Performed

_LOG = logging.getLogger(__name__)

_WORDS: dict[Outcome, str] = {
    "done": "step done",
    "already_done": "step was done already",
    "gone": "step is not wanted any more",
    "put_off": "step put off",
    "died": "engine died at step",
    "given_up": "step given up",
    "given_back": "step given back",
}
_LEVELS: dict[Outcome, int] = {
    "done": logging.INFO,
    "died": logging.WARNING,
    "given_up": logging.ERROR,
    "given_back": logging.INFO,
}


class Ledger:
    """Counts since the start of this process, `done` and `given_up`. `worker` is its name, in every line."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self.done = 0
        self.given_up = 0
        self._counting = threading.Lock()

    @contextmanager
    def running(self, message: StepMessage) -> Iterator[None]:
        """A step is in hand."""
        with metrics.get().steps_running.labels(message.step.stage).track_inprogress():
            yield

    def enter(self, message: StepMessage, performed: Performed) -> None:
        """How a step went."""
        self._tell(message, performed)
        _measure(message, performed)
        with self._counting:
            self.done += performed.outcome == "done"
            self.given_up += performed.outcome == "given_up"

    def enter_return(self, message: StepMessage, error: SonicLayerError) -> None:
        """A message goes back into its queue."""
        log.event(_LOG, "message goes back", logging.INFO, code=error.code, **self._keys(message))

    def _tell(self, message: StepMessage, performed: Performed) -> None:
        words, level = _WORDS[performed.outcome], _level(message, performed)
        duration_s = round(performed.duration_s, 3) if performed.duration_s else None
        error = performed.error if performed.outcome in {"died", "given_up"} else None
        log.event(_LOG, words, level, error=error, duration_s=duration_s, code=performed.code, **self._keys(message))

    def _keys(self, message: StepMessage) -> dict[str, Any]:
        step = message.step
        return {
            "recording": step.audio_id,
            "stage": step.stage,
            "window": step.window,
            "persona": step.persona,
            "run": message.run,
            "worker": self._worker,
        }


def _level(message: StepMessage, performed: Performed) -> int:
    """Evaluations that go well are many, one per persona and window: for those who look closely."""
    if performed.outcome == "done" and message.step.stage == "evaluate":
        return logging.DEBUG
    return _LEVELS.get(performed.outcome, logging.DEBUG)


def _measure(message: StepMessage, performed: Performed) -> None:
    counted, stage = metrics.get(), message.step.stage
    if performed.outcome == "done":
        counted.stage_seconds.labels(stage).observe(performed.duration_s)
        counted.step_timestamp_seconds.labels(stage).set_to_current_time()
        _measure_result(message, performed)
    elif performed.outcome == "given_up":
        counted.stage_failures_total.labels(stage, performed.code).inc()
    if performed.outcome in {"died", "given_up"} and (performed.code or "").startswith("engine_"):
        counted.engine_deaths_total.labels(performed.code).inc()
    if performed.outcome == "died" and message.step.window is not None:
        counted.windows_rerun_total.labels(stage).inc()


def _measure_result(message: StepMessage, performed: Performed) -> None:
    counted, result = metrics.get(), performed.result
    if isinstance(result, Transcript):
        audio_s = result.segments[-1].end_s - result.segments[0].start_s if result.segments else 0.0
        counted.transcription_seconds.observe(performed.duration_s)
        counted.audio_seconds_total.inc(audio_s)
        counted.segments_total.inc(len(result.segments))
        counted.suspicious_segments_total.inc(sum(segment.suspicious for segment in result.segments))
        if audio_s:
            counted.real_time_factor.observe(performed.duration_s / audio_s)
    elif isinstance(result, WindowEvaluation):
        _measure_evaluation(message, result)


def _measure_evaluation(message: StepMessage, result: WindowEvaluation) -> None:
    """Each when it is final; rules that stand in are counted apart, and when they are first written."""
    counted, by_rules = metrics.get(), sum(one.source == "rules" for one in result.evaluations)
    if not result.provisional:
        counted.evaluations_total.labels("rules").inc(by_rules)
        counted.evaluations_total.labels("langflow").inc(len(result.evaluations) - by_rules)
    elif not message.again:
        counted.provisional_evaluations_total.inc(by_rules)
