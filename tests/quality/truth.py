"""What is true of a programme: which parts it has, what is said in them and what they are about."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, get_args

from soniclayer.domain.segment import Word
from soniclayer.domain.window import RegionKind, Span

if TYPE_CHECKING:
    from pathlib import Path

KINDS = get_args(RegionKind)

TOUCHING_S = 0.05
"""Times are rounded: parts that overlap by less do not."""


class TruthError(Exception):
    """The truth cannot be measured against: one line that says where and why."""


@dataclass(frozen=True)
class Sentence(Span):
    """A spoken sentence; its times may include a little quiet at both ends."""

    text: str


@dataclass(frozen=True)
class Part(Span):
    """A stretch of the programme. Speech has a text, and labels that are right (none: it has no truth label).

    `sentences` together are the text; there are none where the truth gives none, or others than the text.
    """

    number: int
    kind: RegionKind
    text: str = ""
    topics: tuple[str, ...] = ()
    tones: tuple[str, ...] = ()
    sentences: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class Truth:
    """A whole programme, its parts in order of time; `gap_s` is the pause that divides them."""

    duration_s: float
    gap_s: float
    parts: tuple[Part, ...]


def load_truth(path: Path) -> Truth:
    """Read a truth file, of the form of `tests/data/broadcast/truth.json`.

    Raises:
        TruthError: it cannot be read, or says what cannot be.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TruthError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise TruthError(f"{path}: no JSON: {error}") from None
    try:
        return read_truth(document)
    except TruthError as error:
        raise TruthError(f"{path}: {error}") from None


def read_truth(document: Any) -> Truth:
    """A truth out of the JSON of its file.

    Raises:
        TruthError: something is missing, of the wrong type, out of order or beyond the end.
    """
    listed = _field(document, "parts", list, "the truth")
    if not listed:
        raise TruthError("it has no parts")
    truth = Truth(
        duration_s=_seconds(document, "duration_s", "the truth"),
        gap_s=_seconds(document, "gap_s", "the truth") if "gap_s" in document else 0.0,
        parts=tuple(_part(part, number) for number, part in enumerate(listed, 1)),
    )
    for before, after in pairwise(truth.parts):
        if after.start_s < before.end_s - TOUCHING_S:
            raise TruthError(f"part {after.number} starts at {after.start_s:g} s, before part {before.number} ends")
    if truth.parts[-1].end_s > truth.duration_s + TOUCHING_S:
        raise TruthError(f"part {len(listed)} ends at {truth.parts[-1].end_s:g} s, after the end of the programme")
    return truth


def spoken_words(part: Part) -> list[Word]:
    """The words of a part as they are written, spread evenly over the sentences they stand in."""
    sentences = part.sentences or (Sentence(part.start_s, part.end_s, part.text),)
    return [word for sentence in sentences for word in _spread(sentence)]


def _part(document: Any, number: int) -> Part:
    place = f"part {number}"
    kind = _field(document, "kind", str, place)
    if kind not in KINDS:
        raise TruthError(f"{place}: kind is {kind!r}, need one of {', '.join(KINDS)}")
    span = _span(document, place)
    if kind != "speech":
        return Part(span.start_s, span.end_s, number, kind)
    text = _field(document, "text", str, place)
    if not text.strip():
        raise TruthError(f"{place}: speech without a text")
    return Part(
        start_s=span.start_s,
        end_s=span.end_s,
        number=number,
        kind=kind,
        text=text,
        topics=_labels(document, "topic", place),
        tones=_labels(document, "tone", place),
        sentences=_sentences(document, text, place),
    )


def _labels(document: dict[str, Any], name: str, place: str) -> tuple[str, ...]:
    """The label and those that a fair judge would also accept."""
    if document.get(name) is None:
        return ()
    return (_field(document, name, str, place), *_list(document, f"{name}_also_ok", place))


def _sentences(document: dict[str, Any], text: str, place: str) -> tuple[Sentence, ...]:
    listed = enumerate(_list(document, "sentences", place), 1)
    sentences = tuple(_sentence(sentence, f"{place}, sentence {n}") for n, sentence in listed)
    same = [word for sentence in sentences for word in sentence.text.split()] == text.split()
    return sentences if same else ()


def _sentence(document: Any, place: str) -> Sentence:
    span = _span(document, place)
    return Sentence(span.start_s, span.end_s, _field(document, "text", str, place))


def _span(document: Any, place: str) -> Span:
    span = Span(_seconds(document, "start_s", place), _seconds(document, "end_s", place))
    if span.end_s <= span.start_s:
        raise TruthError(f"{place} ends at {span.end_s:g} s and starts at {span.start_s:g} s")
    return span


def _seconds(document: Any, name: str, place: str) -> float:
    value = _field(document, name, (int, float), place)
    if isinstance(value, bool) or not math.isfinite(value) or value < 0:
        raise TruthError(f"{place}: {name} is {value!r}, need seconds")
    return float(value)


def _list(document: dict[str, Any], name: str, place: str) -> list[Any]:
    """What may be missing, or null."""
    listed: list[Any] = _field(document, name, list, place) if document.get(name) is not None else []
    return listed


def _field(document: Any, name: str, kind: Any, place: str) -> Any:
    if not isinstance(document, dict) or not isinstance(document.get(name), kind):
        found = repr(document[name]) if isinstance(document, dict) and name in document else "missing"
        raise TruthError(f"{place}: {name} is {found}")
    return document[name]


def _spread(sentence: Sentence) -> list[Word]:
    texts = sentence.text.split()
    step_s = sentence.duration_s / max(1, len(texts))
    starts = [sentence.start_s + n * step_s for n in range(len(texts) + 1)]
    return [Word(start, end, f" {text}", 1.0) for text, (start, end) in zip(texts, pairwise(starts), strict=True)]
