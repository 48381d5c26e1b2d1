"""Has provisional evaluations made better, as far as their flows' breakers let it: behind all else, a few at once.

Reconcile begins it. An evaluation that was asked for lets in the one AHEAD of it, unless its flow does not answer; what
has not become better waits for the next reconcile, and holds back none.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from soniclayer.courier.message import AGAIN, StepMessage
from soniclayer.domain.turns import AHEAD, improvable, improvable_after
from soniclayer.jobs.advance import advance, unless_deleted
from soniclayer.jobs.tell import tell_window_changed

if TYPE_CHECKING:
    from soniclayer.courier.breakers import BreakerState
    from soniclayer.courier.courier import Courier
    from soniclayer.domain.step import Step, Survey
    from soniclayer.storage.recordings import Recordings
    from soniclayer.storage.run import Run

MOST_QUEUED = 1000
"""So many wait in their queue, or are put off, when reconcile queues no more: after an outage of days Redis must not
be filled with them."""


class Improvements:
    """One go over many recordings; `asks`: see `jobs.reconcile`."""

    def __init__(self, courier: Courier, *, asks: bool) -> None:
        self._courier = courier
        self._asks = asks
        self._states: dict[str, BreakerState] = {}
        self._probes: dict[str, StepMessage] = {}
        self._offered = Counter[str]()
        self._room = 0
        self._looked = False

    def queue(self, run: Run, survey: Survey) -> None:
        """Queue what is due of a recording, where its flow's breaker is closed.

        Raises:
            CourierAway: Redis is away.
        """
        if not survey.improving:
            return
        due = set(improvable(survey))
        flows = _flows(run)
        for step in sorted(survey.improving, key=lambda one: (one.window or 0, one.persona or "")):
            flow, message = flows.get(step.persona or ""), StepMessage(run.recording.run, step, again=True)
            state = "open" if flow is None else self._state(flow)
            if state == "closed" and step in due:
                self._put(message)
            elif flow is not None and state == "half_open":
                self._offer(flow, message)

    def queue_probes(self) -> None:
        """Of each flow whose breaker is half-open, queue one step of all recordings that were looked at.

        Any of them by chance: one that its model cannot stand must not be the probe every time.

        Raises:
            CourierAway: Redis is away.
        """
        for message in self._probes.values():
            self._put(message)

    def _put(self, message: StepMessage) -> None:
        if self._has_room():
            self._room -= self._courier.queue.put(message)

    def _offer(self, flow: str, message: StepMessage) -> None:
        """Each that is offered has the same chance to be the probe, however many there will be."""
        self._offered[flow] += 1
        if random.randrange(self._offered[flow]) == 0:  # noqa: S311 - no secret
            self._probes[flow] = message

    def _has_room(self) -> bool:
        if not self._looked:
            self._looked = True
            waiting = sum(depth.waiting for depth in self._courier.queue.depths() if depth.queue == AGAIN)
            self._room = MOST_QUEUED - waiting - self._courier.queue.put_off_count()
        return self._room > 0

    def _state(self, flow: str) -> BreakerState:
        if flow not in self._states:
            self._states[flow] = self._courier.breakers.state(flow) if self._asks else "closed"
        return self._states[flow]


def advance_improved(
    recordings: Recordings, courier: Courier, run: Run, message: StepMessage, *, answered: bool
) -> None:
    """Queue what an evaluation let in that was asked for once more, and tell what has become better.

    `answered`: it was not silent this time.

    It looks at two windows. Where no other one waited for it, at all of the recording: that may have been the last.

    Raises:
        StoreError: the store failed.
        CourierAway: Redis is away; reconcile does it later.
    """
    step = message.step
    number = step.window or 0
    with unless_deleted(run):
        survey = run.window_survey((number, number + AHEAD))
        better = step not in survey.improving
        following = improvable_after(survey, step) if better or _flow_answers(courier, run, step) else []
        for one in following:
            courier.queue.put(replace(message, step=one))
        if better and not following:
            advance(recordings, courier, run, request_id=message.request_id)
        if better or answered:
            tell_window_changed(courier, run, number)


def _flow_answers(courier: Courier, run: Run, step: Step) -> bool:
    flow = _flows(run).get(step.persona or "")
    return flow is not None and courier.breakers.state(flow) == "closed"


def _flows(run: Run) -> dict[str, str]:
    """What the flow of each persona is called."""
    return {persona.name: persona.flow_name for persona in run.wanted().personas}
