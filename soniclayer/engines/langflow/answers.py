"""From what a flow said to evaluations: schema, limits, and which segment each is about."""

from __future__ import annotations

import math
import re
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from soniclayer.domain.segment import Evaluation
from soniclayer.engines.langflow.digging import Digger
from soniclayer.export.plain import one_line
from soniclayer.pipeline.evaluate import LEAST_SCORE, MOST_SCORE
from soniclayer.pipeline.instructions import MOST_NOTE_CHARS, MOST_OPINION_CHARS, MOST_RATIONALE_CHARS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

NO_CONFIDENCE = 0.5
"""Of a flow that does not say how sure it is, or not in numbers."""

_PERCENT_FROM = 10.0
"""A confidence of 80 means 0.8; one of 2 is no percentage, and means 1."""

_NUMBER = re.compile(r"([+-]?\d{1,9}(?:[.,]\d{1,9})?)\s*(%|/\s*5(?:\.0)?|out of 5)?", re.IGNORECASE)
_LONGEST_NUMBER = 40
_ID = re.compile(r"(?<![\d.])(\d{1,9})\.(\d{2,9})(?![\d.])")

_LONGEST_ID = 100

_DEPTH = 5
"""Judgements lie at most so deep in other objects."""

MOST_ITEMS = 2000
"""Of an answer that are looked at; one with eight judgements has some ten."""


def find_evaluations(answers: Iterable[str | dict[str, Any] | list[Any]], asked: Collection[str]) -> list[Evaluation]:
    """Of the segments that were asked for, those that were judged, each once, in the order they were asked for.

    The first answer that judges any of them counts, and in it the first judgement of each. What is said of other
    segments is left out; where one alone was asked for, its judgement needs no id.
    """
    digger = Digger()
    for answer in answers:
        found: dict[str, Evaluation] = {}
        for said in _judgements(answer, digger):
            segment_id = _segment_id(said, asked)
            if segment_id is not None and segment_id not in found:
                found[segment_id] = said.evaluation(segment_id)
        if found:
            return [found[segment_id] for segment_id in asked if segment_id in found]
    return []


def _number(value: object) -> float | None:
    """A number, also where it is written as a text: `"4"`, `"80 %"`, `"4/5"`."""
    unit = ""
    if isinstance(value, str):
        text = value.strip()
        found = _NUMBER.fullmatch(text) if len(text) <= _LONGEST_NUMBER else None
        if found is None:
            return None
        value, unit = float(found[1].replace(",", ".")), found[2] or ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:  # of an int with 400 digits
        return None
    if not math.isfinite(number):
        return None
    return number / 100 if unit == "%" else number


def _score(value: object) -> object:
    """Within 1-5; a fraction stays, as those of the rules do."""
    number = _number(value)
    return None if number is None else round(min(MOST_SCORE, max(LEAST_SCORE, number)), 2)


def _confidence(value: object) -> float:
    number = _number(value)
    if number is None:
        return NO_CONFIDENCE
    if _PERCENT_FROM <= number <= 100:  # noqa: PLR2004 - per cent
        number /= 100
    return round(min(1.0, max(0.0, number)), 4)


def _words(most_chars: int) -> BeforeValidator:
    """One line of printable text, cut where it is too long; empty for what is no text."""

    def shorten(value: object) -> str:
        text = one_line(value[: 2 * most_chars]) if isinstance(value, str) else ""
        return text if len(text) <= most_chars else f"{text[: most_chars - 1]}…"

    return BeforeValidator(shorten)


class _Judgement(BaseModel):
    """What is said of one segment. A score and an opinion it must have."""

    model_config = ConfigDict(extra="ignore")

    id: Any = None
    score: Annotated[float, BeforeValidator(_score)]
    confidence: Annotated[float, BeforeValidator(_confidence)] = NO_CONFIDENCE
    opinion: Annotated[str, _words(MOST_OPINION_CHARS), Field(min_length=1)]
    rationale: Annotated[str, _words(MOST_RATIONALE_CHARS)] = ""
    note: Annotated[str, _words(MOST_NOTE_CHARS)] = ""

    def evaluation(self, segment_id: str) -> Evaluation:
        return Evaluation(
            segment_id=segment_id,
            score=self.score,
            confidence=self.confidence,
            opinion=self.opinion,
            rationale=self.rationale,
            note=self.note,
            source="langflow",
        )


def _judgements(answer: str | dict[str, Any] | list[Any], digger: Digger) -> Iterator[_Judgement]:
    for value in digger.dig(answer) if isinstance(answer, str) else (answer,):
        yield from (said for said in map(_judgement, islice(_items(value), MOST_ITEMS)) if said is not None)


def _judgement(item: Any) -> _Judgement | None:
    if not _may_be_judgement(item):
        return None
    try:
        return _Judgement.model_validate(item)
    except ValidationError:
        return None


def _items(value: Any, depth: int = _DEPTH) -> Iterator[Any]:
    """What may have a judgement: `{"evaluations": [...]}`, a bare array, or one alone; and what lies in it."""
    yield value
    if isinstance(value, (dict, list)) and depth and not _may_be_judgement(value):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _items(inner, depth - 1)


def _may_be_judgement(item: Any) -> bool:
    return isinstance(item, dict) and "score" in item


def _segment_id(said: _Judgement, asked: Collection[str]) -> str | None:
    """Which of the segments that were asked for is meant: `0003.02`, also where `3.02` or `segment 0003.02` is said.

    `3.1` is none: it may be what became of `0003.01` as well as of `0003.10`.
    """
    told = str(said.id)[:_LONGEST_ID] if isinstance(said.id, (str, int, float)) else ""
    meant = {(int(window), int(number)) for window, number in _ID.findall(told)}
    fitting = [one for one in asked if _parts(one) in meant]
    if len(meant) == 1 and len(fitting) == 1:
        return fitting[0]
    return next(iter(asked)) if len(asked) == 1 and not meant else None


def _parts(segment_id: str) -> tuple[int, int]:
    window, _, number = segment_id.partition(".")
    return int(window), int(number)
