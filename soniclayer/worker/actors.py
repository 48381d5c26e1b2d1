"""The five actors: each hands what a letter names to `Steps.do`; `courier.queue` writes the same names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dramatiq

from soniclayer.courier.message import StepMessage
from soniclayer.domain.step import STAGES, Stage, Step
from soniclayer.errors import CourierAway, EngineStopped

if TYPE_CHECKING:
    from collections.abc import Callable

    from soniclayer.courier.broker import StepBroker


def declare_actors(broker: StepBroker, do: Callable[[StepMessage], None]) -> None:
    """One actor per stage: prepare, transcribe, classify, evaluate, summarise.

    Args:
        broker: declares them.
        do: does a step; CourierAway and EngineStopped put the message back into its queue.
    """
    for stage in STAGES:
        queue = StepMessage("", Step("", stage)).queue
        throws = (CourierAway, EngineStopped)
        dramatiq.actor(broker=broker, actor_name=stage, queue_name=queue, throws=throws)(_actor_of(stage, do))


def _actor_of(stage: Stage, do: Callable[[StepMessage], None]) -> Callable[..., None]:
    def act(  # noqa: PLR0913, PLR0917 - what a letter carries
        audio_id: str,
        run: str,
        window: int | None,
        persona: str | None,
        request_id: str | None,
        again: bool = False,  # noqa: FBT001, FBT002 - a letter of an older version has none
    ) -> None:
        do(StepMessage(run, Step(audio_id, stage, window, persona), request_id, again))

    return act
