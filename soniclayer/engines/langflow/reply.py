"""Langflow's reply to a run: whether it is one, whether it is ours, and every place where an answer may stand.

Langflow 1.13: `RunResponse` in langflow/api/v1/schemas, `RunOutputs` and `ResultData` in lfx/graph/schema.py.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

from soniclayer.engines.langflow.faults import CallFailed
from soniclayer.export.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_MODEL_NAME = 100

_TEXT_KEYS = ("text", "message", "data", "raw", "default_value")
"""Where a message has its text, or what has it in turn."""

_DEPTH = 4

MOST_PARTS = 100_000
"""Of a reply: brackets and commas, those in texts among them. Each may cost 200 bytes and more as an object."""

MOST_LISTED = 50
"""Outputs of a reply, ends of an output, and answers in all of them; a flow of ours has one."""

_Item = TypeVar("_Item")
_Few = Annotated[list[_Item], BeforeValidator(lambda value: value[:MOST_LISTED] if isinstance(value, list) else value)]


class _Result(BaseModel):
    """What one component at the end of a flow gave."""

    model_config = ConfigDict(extra="ignore")

    results: Any = None
    artifacts: Any = None
    outputs: Any = None
    messages: Any = None


class _RunOutputs(BaseModel):
    model_config = ConfigDict(extra="ignore")

    inputs: dict[str, Any] | None = None
    outputs: _Few[_Result | None] | None = None


class RunReply(BaseModel):
    """A reply as far as we read it."""

    model_config = ConfigDict(extra="ignore")

    outputs: _Few[_RunOutputs]

    def echoes(self, input_value: str) -> bool:
        """Whether it answers what was sent: Langflow runs a flow with an empty input where it cannot read its own."""
        return bool(self.outputs) and (self.outputs[0].inputs or {}).get("input_value") == input_value

    def answers(self) -> Iterator[str | dict[str, Any] | list[Any]]:
        """What may be the answer, the likeliest first: texts, or what a flow gives as data."""
        yield from islice(dict.fromkeys(self._told()), MOST_LISTED)
        yield from islice(self._data(), MOST_LISTED)

    @property
    def model(self) -> str | None:
        """The language model's name, where the flow tells it; elsewhere Langflow has its component's there."""
        for message in self._messages():
            for holder in (message, message.get("data")):
                name = _at(holder, "properties", "source", "source")
                line = one_line(name[:LONGEST_MODEL_NAME]) if isinstance(name, str) else ""
                if line and name != _at(holder, "properties", "source", "display_name"):
                    return line
        return None

    def _ends(self) -> Iterator[_Result]:
        return (end for run in self.outputs for end in run.outputs or () if end is not None)

    def _messages(self) -> Iterator[dict[str, Any]]:
        for end in self._ends():
            if isinstance(end.results, dict):
                yield from (value for value in end.results.values() if isinstance(value, dict))

    def _told(self) -> Iterator[str]:
        for end in self._ends():
            for place in (end.results, end.outputs, end.artifacts, end.messages):
                yield from _texts(place, _DEPTH)

    def _data(self) -> Iterator[dict[str, Any] | list[Any]]:
        return (end.results for end in self._ends() if isinstance(end.results, (dict, list)))


def parse_reply(data: bytes) -> RunReply:
    """Read a reply.

    Raises:
        CallFailed: it is none of a run.
    """
    if sum(map(data.count, b"{[,")) > MOST_PARTS:
        raise CallFailed("not_langflow", f"the reply has more than {MOST_PARTS} parts")
    try:
        return RunReply.model_validate(json.loads(data))
    except (ValueError, RecursionError):
        raise CallFailed("not_langflow", "the reply is not that of a flow's run") from None


def _texts(place: Any, depth: int) -> Iterator[str]:
    """Of `{"message": {"text": ...}}` and the like, whatever the outermost names are."""
    if isinstance(place, str):
        yield place
    elif depth:
        for value in _values(place, _TEXT_KEYS if depth < _DEPTH else None):
            yield from _texts(value, depth - 1)


def _values(place: Any, keys: tuple[str, ...] | None = None) -> list[Any]:
    if isinstance(place, list):
        return place
    if isinstance(place, dict):
        return list(place.values()) if keys is None else [place[key] for key in keys if key in place]
    return []


def _at(place: Any, *keys: str) -> Any:
    for key in keys:
        place = place.get(key) if isinstance(place, dict) else None
    return place
