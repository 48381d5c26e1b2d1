"""The judge of jobs.judge that asks a Langflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.engines.langflow.asking import Asking
from soniclayer.engines.langflow.calls import Calls
from soniclayer.engines.langflow.faults import CallFailed
from soniclayer.engines.langflow.fingerprints import Fingerprints
from soniclayer.engines.langflow.flows import find_flows
from soniclayer.engines.langflow.transport import Transport
from soniclayer.engines.langflow.turns import MOST_THREADS, Turns
from soniclayer.engines.langflow.watch import Watch
from soniclayer.errors import CourierAway, EngineStopped, LangflowAway
from soniclayer.jobs.judge import Judgement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soniclayer.courier.breakers import Breakers
    from soniclayer.domain.persona import Persona
    from soniclayer.engines.langflow.own_breakers import OwnBreakers
    from soniclayer.jobs.judge import Question


class LangflowJudge:
    """One per process; safe to share between threads.

    Args:
        base_url: of Langflow, without a slash at its end.
        api_key: None for one that wants none.
        breakers: which flows are left alone; shared with other processes, or not.
        calls: how many may be under way at once.
        timeout_s: of one call, in seconds; a judgement takes three times that at most.
        threads: that ask for judgements, and have other things to do, too.
    """

    def __init__(  # noqa: PLR0913 - what a client needs to know
        self,
        base_url: str,
        api_key: str | None,
        *,
        breakers: Breakers | OwnBreakers,
        calls: int,
        timeout_s: float,
        threads: int = MOST_THREADS,
    ) -> None:
        self._breakers = breakers
        self._timeout_s = timeout_s
        self._watch = Watch()
        self._turns = Turns(calls, threads)
        self._transport = Transport(base_url, api_key, calls + 1, self._watch)  # one more looks at fingerprints
        self._fingerprints = Fingerprints(self._transport)
        self._calls = Calls(self._transport, breakers, self._turns, self._watch, timeout_s)

    def judge(self, persona: Persona, questions: Sequence[Question]) -> Judgement:
        """See jobs.judge.Judge."""
        if self._watch.stopped:
            raise EngineStopped("the worker is stopping")
        if not questions:
            return Judgement((), None)
        with self._turns.let_in(persona.flow_name):
            return Asking(self._calls, persona, self._timeout_s).judge(questions, self._fingerprints)

    def answers(self, persona: Persona) -> bool:
        """See jobs.judge.Judge."""
        try:
            return self._breakers.state(persona.flow_name) == "closed"
        except CourierAway:
            return False

    def flows(self) -> frozenset[str]:
        """Names and ids of the flows that can be run, to look whether a persona's is there.

        Raises:
            LangflowAway: it does not answer, or does not let us look.
            EngineStopped: it was told to stop.
        """
        try:
            return frozenset(find_flows(self._transport))
        except CallFailed as error:
            raise LangflowAway(f"Langflow {error}") from None

    def stop(self) -> None:
        """End every judgement under way, and those that would begin: they raise EngineStopped."""
        self._watch.stop()
        self._turns.stop()
