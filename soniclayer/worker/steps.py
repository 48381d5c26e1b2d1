"""Does the steps of messages: with a warm engine, a held lease, a beating pulse, and a line in the log."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from soniclayer import log
from soniclayer.courier.message import ENGINE_QUEUES
from soniclayer.errors import CourierAway, EngineStopped
from soniclayer.jobs.engine import Engines
from soniclayer.jobs.perform import perform

if TYPE_CHECKING:
    from soniclayer.courier.courier import Courier
    from soniclayer.courier.message import StepMessage
    from soniclayer.domain.step import Stage
    from soniclayer.engines.child import EngineChild
    from soniclayer.jobs.judge import Judge
    from soniclayer.storage.recordings import Recordings
    from soniclayer.worker.engine import WarmEngine
    from soniclayer.worker.keeper import Keeper
    from soniclayer.worker.ledger import Ledger
    from soniclayer.worker.pulse import Pulse

_LOG = logging.getLogger(__name__)

BEAT_S: dict[Stage, float] = {
    "prepare": 120.0,
    "transcribe": 120.0,
    "classify": 120.0,
    "evaluate": 600.0,
    "summarise": 600.0,
}
"""A step whose thread has not been heard of for so long hangs. While the engine works its thread beats, and ends it at
the deadline that `engines.child` sets; the rest is reading and writing. A light step beats only at its start: an
evaluation may wait for Langflow as long as SONICLAYER_LANGFLOW_TIMEOUT_S allows, 540 s at most."""

FAULT_S = 60.0
"""A step at which a fault of our own showed is tried again so soon: at once it would go round and round."""


class Steps:
    """What the actors call."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a step needs
        self,
        recordings: Recordings,
        courier: Courier,
        engine: WarmEngine,
        judge: Judge | None,
        keeper: Keeper,
        pulse: Pulse,
        ledger: Ledger,
    ) -> None:
        self._recordings = recordings
        self._courier = courier
        self._engine = engine
        self._judge = judge
        self._keeper = keeper
        self._pulse = pulse
        self._ledger = ledger

    def do(self, message: StepMessage) -> None:
        """Do a step.

        Raises:
            CourierAway, EngineStopped: the message must go back into its queue.
        """
        request = log.request_id.set(message.request_id)
        try:
            self._do(message)
        except (CourierAway, EngineStopped) as error:
            self._ledger.enter_return(message, error)
            raise
        except Exception:  # noqa: BLE001 - it is told, and must not end in the queue again at once
            _LOG.exception("a fault in SonicLayer itself, at step %s of %s", message.step.name, message.step.audio_id)
            self._courier.queue.put_off(message, FAULT_S)
        finally:
            log.request_id.reset(request)

    def _do(self, message: StepMessage) -> None:
        words = f"{message.step.name} of {message.step.audio_id}"
        beating = self._pulse.during(words, BEAT_S[message.step.stage])
        with self._engine_for(message) as engine, beating, self._ledger.running(message):
            engines = Engines(engine, self._judge, listened=True)
            performed = perform(self._recordings, self._courier, message, engines, self._keeper.hold)
            self._ledger.enter(message, performed)
        if performed.outcome == "given_back":
            raise EngineStopped("the worker is stopping", code=performed.code)

    def _engine_for(self, message: StepMessage) -> AbstractContextManager[EngineChild]:
        return self._engine.ready() if message.queue in ENGINE_QUEUES else nullcontext(self._engine.child)
