"""JSON out of what a language model wrote: between prose, in code fences, with commas too many, or cut off."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_CHARS = 2**16
"""Of a text that are looked at; one segment takes some 1,000."""

MOST_WORK_CHARS = 2**21
"""That are gone through for the texts of one reply: each bracket that begins nothing costs a look at all that follows
it. Texts made for it take 0.1 s; other threads stand still meanwhile."""

_THOUGHTS = re.compile(r"\s*<think(ing)?>.*?</think(ing)?>", re.DOTALL | re.IGNORECASE)
_STRING_OR_COMMA = re.compile(r'("[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z))|,(?=\s*[}\]])', re.DOTALL)
"""A string without an end reaches to that of the text: looked for from each of its quotes it would take for ever."""

_BEGINS = re.compile(r"[{\[]")
_DECODER = json.JSONDecoder()


class Digger:
    """For the texts of one reply, which share what may be spent on them."""

    def __init__(self) -> None:
        self._left_chars = MOST_WORK_CHARS

    def dig(self, text: str) -> Iterator[Any]:
        """Every object and array that stands in a text, in its order; of a broken one the whole ones inside it."""
        text = text[:MOST_CHARS]
        thoughts = _THOUGHTS.match(text)
        text = text[thoughts.end() :] if thoughts else text
        while (begins := _BEGINS.search(text)) and self._left_chars > 0:
            text = text[begins.start() :]
            self._left_chars -= len(text)
            found = _decode(text) or _decode(_without_commas_too_many(text))
            if found:
                yield found[0]
            text = found[1] if found else text[1:]


def _decode(text: str) -> tuple[Any, str] | None:
    """What a text begins with, and what follows it."""
    try:
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return value, text[end:]


def _without_commas_too_many(text: str) -> str:
    return _STRING_OR_COMMA.sub(lambda found: found[1] or "", text)
