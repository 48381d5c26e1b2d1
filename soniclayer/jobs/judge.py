"""What a step asks of a judge; `engines.langflow` is the real one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from soniclayer.domain.segment import Evaluation, Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soniclayer.domain.persona import Persona


@dataclass(frozen=True)
class Question:
    """A segment to be judged: its text, and what `classify` calls its topic and tone."""

    segment_id: str
    text: str
    topic: str
    tone: str


@dataclass(frozen=True)
class Judgement:
    """What a judge has to say: `evaluations` of those segments it judged, each once, with the source `langflow`.

    `silent`: some are missing because nobody answered at all, or the breaker kept from asking; else those that are
    missing were answered for in a way that made no sense. `fault` is why some are missing, one line for the log.
    `origin` is None where nothing came back.
    """

    evaluations: tuple[Evaluation, ...]
    origin: Origin | None
    silent: bool = False
    fault: str | None = None


class Judge(Protocol):
    """Speaks for personas. What it cannot judge is missing in its judgement, and never an error."""

    def judge(self, persona: Persona, questions: Sequence[Question]) -> Judgement:
        """Let a persona judge segments of one window, in time order.

        Raises:
            JudgeBusy: the persona's flow has enough to do for now.
            EngineStopped: it was told to stop.
        """

    def answers(self, persona: Persona) -> bool:
        """Whether the persona's flow answers, as far as is known: then silence was about what was asked."""

    def stop(self) -> None:
        """End every judgement under way, and those that would begin: they raise EngineStopped."""
