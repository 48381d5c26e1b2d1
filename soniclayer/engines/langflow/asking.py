"""One judgement: batch by batch, and what an answer leaves out once more, alone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from soniclayer.domain.segment import Origin
from soniclayer.engines.langflow.account import Account, count
from soniclayer.engines.langflow.answers import find_evaluations
from soniclayer.engines.langflow.contracts import classic_input, list_input
from soniclayer.engines.langflow.faults import CallFailed
from soniclayer.errors import JudgeBusy
from soniclayer.jobs.judge import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from soniclayer.domain.persona import Persona
    from soniclayer.domain.segment import Evaluation
    from soniclayer.engines.langflow.calls import Calls
    from soniclayer.engines.langflow.fingerprints import Fingerprints
    from soniclayer.jobs.judge import Question

BEGIN_WITHIN = 2
"""Times the time of a call: none of a step begins later, so all of them end within three."""

IN_VAIN = 2
"""So many segments in a row, each asked for alone and not judged: then the rest of their batch is not asked for."""


class _TimeIsUpError(Exception):
    """A model that answers is too slow for all that it is to judge."""


class Asking:
    """For one step alone.

    Args:
        calls: makes them.
        persona: who is to judge.
        timeout_s: of one call, in seconds.
    """

    def __init__(self, calls: Calls, persona: Persona, timeout_s: float) -> None:
        self._calls = calls
        self._persona = persona
        self._begin_by_s = time.monotonic() + BEGIN_WITHIN * timeout_s
        self._account = Account()
        self._found: dict[str, Evaluation] = {}
        self._answered = False

    def judge(self, questions: Sequence[Question], fingerprints: Fingerprints) -> Judgement:
        """Ask for all of them.

        Raises:
            JudgeBusy: not even the first call's turn came.
            EngineStopped: the worker is to stop.
        """
        silent, fault = self._ask_for_all(questions)
        missing = [question for question in questions if question.segment_id not in self._found]
        if missing and not fault:
            fault = f"{len(missing)} of {len(questions)} segments were not judged"
        evaluations = (self._found[one.segment_id] for one in questions if one.segment_id in self._found)
        return Judgement(tuple(evaluations), self._origin(fingerprints), silent and bool(missing), fault)

    def _ask_for_all(self, questions: Sequence[Question]) -> tuple[bool, str | None]:
        """Whether somebody kept silent, and what went wrong. Who refuses just this has answered."""
        try:
            for batch in _batches(questions, self._persona.batch):
                self._ask_for_batch(batch)
        except CallFailed as error:
            return not error.this_alone, f"{self._persona.flow_name}: {error}"
        except JudgeBusy as error:
            if not self._account.attempts:
                raise
            return True, str(error)
        except _TimeIsUpError:
            return False, f"{self._persona.flow_name}: too slow for {len(questions)} segments"
        return False, None

    def _ask_for_batch(self, batch: Sequence[Question]) -> None:
        self._ask_for(batch)
        in_vain = 0
        for question in [question for question in batch if question.segment_id not in self._found]:
            if in_vain == IN_VAIN:
                return
            in_vain = 0 if self._ask_for([question]) else in_vain + 1

    def _ask_for(self, batch: Sequence[Question]) -> bool:
        """One call; whether all of it was judged."""
        left_s = self._begin_by_s - time.monotonic()
        if left_s <= 0:
            raise _TimeIsUpError
        flow, sent = self._persona.flow_name, self._input_value(batch)
        reply = self._calls.call(flow, sent, self._account, left_s)
        self._answered = True
        asked = [question.segment_id for question in batch]
        found = find_evaluations(reply.answers(), asked) if reply.echoes(sent) else []
        self._account.model = self._account.model or reply.model
        self._found.update((evaluation.segment_id, evaluation) for evaluation in found)
        count(flow, "answered" if len(found) == len(asked) else "garbled")
        return len(found) == len(asked)

    def _input_value(self, batch: Sequence[Question]) -> str:
        return classic_input(batch[0]) if self._persona.batch == 1 else list_input(self._persona, batch)

    def _origin(self, fingerprints: Fingerprints) -> Origin | None:
        if not self._answered:
            return None
        account, flow = self._account, self._persona.flow_name
        fingerprint = fingerprints.of(flow)
        return Origin(flow, fingerprint, account.model, round(account.latency_s, 3), account.attempts)


def _batches(questions: Sequence[Question], size: int) -> Iterator[Sequence[Question]]:
    return (questions[start : start + size] for start in range(0, len(questions), size))
