"""Words and times made fit for one line of text."""

from __future__ import annotations

import unicodedata

_JOINERS = frozenset("\u200c\u200d")
"""Format characters that emoji and several scripts are written with."""


def one_line(text: str) -> str:
    """The text with nothing in it that could steer a terminal, a reading order or a file format.

    Control characters and line ends become spaces, runs of white space one space; invisible format
    characters (bidi overrides among them) go, but for the joiners; lone surrogates become U+FFFD. Letters of
    every script stay.
    """
    return " ".join("".join(_kept(character) for character in text).split())


def clock(seconds: float, *, hours: bool = False) -> str:
    """Time as `0:09` or `1:02:03`, rounded down to whole seconds; `hours` shows `0:00:09`."""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    if minutes < 60 and not hours:  # noqa: PLR2004 - minutes in an hour
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def _kept(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    if category == "Cf" and character not in _JOINERS:
        return ""
    return character
