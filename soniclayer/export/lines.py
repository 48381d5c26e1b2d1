"""Breaking the text of a cue into lines."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LINE_COLUMNS = 42

_CLOSING = "\"'”’)]»"
_SENTENCE_ENDS = tuple(".?!…。？！")
_CLAUSE_ENDS = tuple(",;:-–—，、；：")  # noqa: RUF001 - the full-width ones are meant
_BREATH_S = 0.3


@dataclass(frozen=True)
class Chunk:
    """Text that stays on one line; `spaced` when a space divides it from what comes before."""

    text: str
    spaced: bool
    start_s: float
    end_s: float

    def pieces(self) -> Iterator[Chunk]:
        """Itself; or its parts with their share of the time, where it holds spaces or overfills a line."""
        parts = [(part, n == 0) for word in self.text.split() for n, part in enumerate(_line_lengths(word))]
        second_per_letter = (self.end_s - self.start_s) / max(1, sum(len(part) for part, _ in parts))
        at_s, spaced = self.start_s, self.spaced
        for part, starts_word in parts:
            until_s = at_s + len(part) * second_per_letter
            yield Chunk(part, starts_word and spaced, at_s, until_s)
            at_s, spaced = until_s, True

    @cached_property
    def columns(self) -> int:
        """Its width without the space before it."""
        return columns(self.text)


def fits(chunks: Sequence[Chunk]) -> bool:
    """Whether two lines hold them."""
    lines, filled = 1, 0
    for chunk in chunks:
        filled += chunk.columns + (chunk.spaced and filled > 0)
        if filled > LINE_COLUMNS:
            lines, filled = lines + 1, chunk.columns
    return lines <= 2  # noqa: PLR2004 - two lines


def two_lines(chunks: Sequence[Chunk]) -> tuple[str, ...]:
    """One line where it holds them, else two: broken at punctuation where possible, about equally long."""
    whole = joined(chunks)
    if columns(whole) <= LINE_COLUMNS:
        return (whole,)
    at = min(_halves(chunks))[1]
    return joined(chunks[:at]), joined(chunks[at:])


def break_cost(before: Chunk, after: Chunk) -> float:
    """How bad it is to break here: 0 at a sentence end, more at a comma or a breath, most inside a phrase."""
    text = before.text.rstrip(_CLOSING)
    if text.endswith(_SENTENCE_ENDS):
        return 0.0
    if text.endswith(_CLAUSE_ENDS):
        return 3.0
    return 5.0 if after.start_s - before.end_s >= _BREATH_S else 12.0


def joined(chunks: Sequence[Chunk]) -> str:
    """The text of chunks that stand on one line."""
    return "".join(f" {chunk.text}" if chunk.spaced else chunk.text for chunk in chunks).strip()


def columns(text: str) -> int:
    """Width of a text: a wide East Asian character or emoji counts two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _halves(chunks: Sequence[Chunk]) -> Iterator[tuple[float, int]]:
    """Every place where a break leaves two lines that are short enough, with what it costs."""
    for at in range(1, len(chunks)):
        first, second = columns(joined(chunks[:at])), columns(joined(chunks[at:]))
        if first > LINE_COLUMNS:
            return
        if second <= LINE_COLUMNS:
            yield abs(first - second) / 10 + break_cost(chunks[at - 1], chunks[at]), at


def _line_lengths(word: str) -> Iterator[str]:
    """A word cut where a line is full."""
    part = ""
    for character in word:
        if columns(part + character) > LINE_COLUMNS:
            yield part
            part = ""
        part += character
    yield part
