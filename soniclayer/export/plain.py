"""Words and times made fit for one line of text."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soniclayer.domain.window import Span

_JOINERS = frozenset("\u200c\u200d")
"""Format characters that emoji and several scripts are written with."""

LIKELY_LANGUAGE = 0.6
"""In 10 s of speech Whisper base was 0.66-1.0 sure of what was right, but for one at most 0.57 of what was wrong."""


def one_line(text: str) -> str:
    """The text with nothing in it that could steer a terminal, a reading order or a file format.

    Control characters and line ends become spaces, runs of white space one space; invisible format
    characters (bidi overrides among them) go, but for the joiners; lone surrogates become U+FFFD. Letters of
    every script stay.
    """
    return " ".join(harmless(text).split())


def harmless(text: str) -> str:
    """As `one_line`, with all its white space."""
    if text.isprintable():
        return text
    return "".join(_kept(character) for character in text)


def clock(seconds: float, *, hours: bool = False) -> str:
    """Time as `0:09` or `1:02:03`, rounded down to whole seconds; `hours` shows `0:00:09`."""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    if minutes < 60 and not hours:  # noqa: PLR2004 - minutes in an hour
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def language(code: str | None, probability: float | None) -> str:
    """The language in a few words, with a mark where it is a guess."""
    guess = code is not None and probability is not None and probability < LIKELY_LANGUAGE
    return f"language {one_line(code or '') or 'unknown'}{' (unsure)' if guess else ''}"


def dead_air(spans: Sequence[Span], at_most: int = 3) -> str:
    """Dead air in a few words: `dead air 10 s at 2:43`; of more stretches than `at_most` the rest is counted."""
    told = [f"{span.duration_s:.0f} s at {clock(span.start_s)}" for span in spans[:at_most]]
    more = [f"{len(spans) - at_most} more"] if len(spans) > at_most else []
    return f"dead air {', '.join(told + more)}"


def _kept(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    if category == "Cf" and character not in _JOINERS:
        return ""
    return character
