"""What a flow is asked: JSON in `input_value`, in which the transcript is data, quoted and of bounded length."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from soniclayer.pipeline.instructions import instructions_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soniclayer.domain.persona import Persona
    from soniclayer.jobs.judge import Question

MOST_TEXT_CHARS = 2000


def list_input(persona: Persona, questions: Sequence[Question]) -> str:
    """Several segments, and who is to judge them."""
    asked = {"name": persona.name, "title": persona.title, "instructions": instructions_for(persona)}
    return _compact({"persona": asked, "segments": [{"id": one.segment_id, **_facts(one)} for one in questions]})


def classic_input(question: Question) -> str:
    """One segment, for a flow that knows its persona."""
    return _compact(_facts(question))


def _facts(question: Question) -> dict[str, str]:
    return {"text": question.text[:MOST_TEXT_CHARS], "topic": question.topic, "tone": question.tone}


def _compact(content: dict[str, Any]) -> str:
    """As it is written, whatever the language; what no UTF-8 can say is replaced, or no server could echo it."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode("utf-8")
