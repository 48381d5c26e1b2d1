"""A judge that plays a script. What it says depends on persona, edition and segment alone: what is mixed up shows."""

from __future__ import annotations

import threading
from hashlib import sha256

from soniclayer.domain.segment import Evaluation, Origin
from soniclayer.errors import EngineStopped, JudgeBusy
from soniclayer.jobs.judge import Judgement

DEEDS = ("answers", "silent", "nonsense", "half", "busy")


def opinion_of(persona, segment_id: str) -> Evaluation:
    """What it says of a segment, whenever it says something."""
    facts = sha256(f"{persona.name} {persona.edition} {segment_id}".encode()).hexdigest()
    score = 1.0 + int(facts, 16) % 5
    return Evaluation(segment_id, score, 0.75, f"{persona.name} on {segment_id}", facts, "more", "langflow")


class FakeJudge:
    """Does one deed of its script at each call, then always the last one.

    `answers`, `silent`, `nonsense` (it answered, and not what was asked), `half` (of the segments, the first), `cut`
    (the same, and then silent), `refuses` (silent, though it answers others), `busy`, `stopped`, `breaks` (a fault of
    its own).
    """

    def __init__(self, *script: str) -> None:
        self.script = list(script or ("answers",))
        self.asked: list[tuple[str, int, tuple[str, ...]]] = []
        self._answers = False
        self._turn = threading.Lock()

    def judge(self, persona, questions):
        with self._turn:
            self.asked.append((persona.name, persona.edition, tuple(one.segment_id for one in questions)))
            deed = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if deed == "busy":
            raise JudgeBusy("enough to do", 0.01)
        if deed == "breaks":
            raise ZeroDivisionError("a fault in the judge")
        if deed == "stopped":
            raise EngineStopped("stopped")
        said = {"answers": len(questions), "half": len(questions) // 2, "cut": len(questions) // 2}.get(deed, 0)
        opinions = tuple(opinion_of(persona, one.segment_id) for one in questions[:said])
        silent, self._answers = deed in {"silent", "cut", "refuses"}, deed == "refuses"
        origin = None if silent and not opinions else Origin(persona.flow_name, "f" * 12, "a model", 0.25, 1)
        return Judgement(opinions, origin, silent=silent, fault=None if deed == "answers" else deed)

    def answers(self, persona):
        return self._answers

    def stop(self) -> None:
        self.script = ["stopped"]
