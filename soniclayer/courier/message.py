"""What a queue carries: one step of one run of a recording. Names tie web, queue and worker together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from soniclayer.domain.step import STAGES, Step

if TYPE_CHECKING:
    from soniclayer.domain.step import Stage

FIRST_WINDOWS = 2
"""So many windows of every recording go before all others, so that its first result shows soon."""

AGAIN = "evaluate.again"
"""Evaluations that are there, and are to be made better. Nobody waits for them, so they need not be served."""

NEEDED_QUEUES: tuple[str, ...] = ("classify", "transcribe.first", "prepare", "transcribe", "evaluate")
QUEUES = (*NEEDED_QUEUES, AGAIN)
"""In the order in which a worker looks at them; the last two have threads of their own."""

ENGINE_QUEUES = NEEDED_QUEUES[:4]
"""Their steps need the engine child."""

_TICKET = re.compile(rf"([^:]+):([^:]+):({'|'.join(STAGES)})(?:\.([0-9]{{4,9}})(?:\.([^.:]+))?)?(:again)?")


@dataclass(frozen=True)
class StepMessage:
    """A step of the run of a recording; a message of an older run is dropped when it is met.

    `again`: an evaluation that is provisional is to be made better.
    """

    run: str
    step: Step
    request_id: str | None = None
    again: bool = False

    @property
    def key(self) -> str:
        """The step's name in leases and attempts."""
        return f"{self.step.audio_id}:{self.run}:{self.step.name}"

    @property
    def ticket(self) -> str:
        """Its own name in markers, and while it is put off: one to make an evaluation better is not the first one."""
        return f"{self.key}:again" if self.again else self.key

    @property
    def queue(self) -> str:
        """The queue it belongs to."""
        if self.step.stage == "transcribe" and (self.step.window or 0) < FIRST_WINDOWS:
            return "transcribe.first"
        if self.again:
            return AGAIN
        return "evaluate" if self.step.stage == "summarise" else self.step.stage


def parse_ticket(ticket: str) -> StepMessage:
    """The message whose `ticket` this is, without the request it came from.

    Raises:
        ValueError: it is not one.
    """
    match = _TICKET.fullmatch(ticket)
    if match is None:
        raise ValueError(f"no step is called {ticket!r}")
    audio_id, run, stage, window, persona, again = match.groups()
    step = Step(audio_id, cast("Stage", stage), int(window) if window else None, persona)
    return StepMessage(run, step, again=again is not None)
