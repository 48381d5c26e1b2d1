"""Cues: words and phrases that speak for a label, written so that a person can read and edit them.

A cue is a regular expression with three conveniences: `*` after a letter stands for the rest of the word
(`laugh*`), a space for any white space, and it starts and ends at word borders. Case does not matter, nor
does the kind of apostrophe.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def find_cues(text: str, cues: Sequence[str]) -> list[str]:
    """What was found of the cues: the first match of each cue that has one, as it stands in the text."""
    plain = _plain(text)
    matches = (cue_pattern(cue).search(plain) for cue in cues)
    return [match.group() for match in matches if match]


def count_cues(text: str, cues: Sequence[str]) -> list[int]:
    """How often each cue stands in the text."""
    plain = _plain(text)
    return [sum(1 for _ in cue_pattern(cue).finditer(plain)) for cue in cues]


@lru_cache(maxsize=4096)
def cue_pattern(cue: str) -> re.Pattern[str]:
    """The regular expression a cue means.

    Raises:
        re.error: the cue is none.
    """
    expression = re.sub(r"(?<=[^\W_])\*", r"\\w*", cue).replace(" ", r"\s+")
    return re.compile(rf"{_NOT_INSIDE_A_WORD}(?:{expression}){_NOT_INSIDE_A_WORD}", re.IGNORECASE)


def _plain(text: str) -> str:
    return text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


_NOT_INSIDE_A_WORD = r"(?:(?<!\w)|(?!\w))"
