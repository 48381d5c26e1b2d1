"""Words as they are counted: spelling, numbers, contractions and punctuation are made the same on both sides.

The rules are those of Whisper's own English normaliser (Radford et al.: Robust Speech Recognition via Large-Scale Weak
Supervision, 2022, appendix C), as the package whisper-normalizer keeps them, and two of ours: it writes "seven
thirty" 730 but leaves 7:30 as it is, and lets OK and okay differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

import jiwer
from whisper_normalizer.english import EnglishTextNormalizer

from soniclayer.domain.window import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soniclayer.domain.segment import Word

CLOCK = re.compile(r"\b(\d{1,2}):(\d\d)\b")
OKAY = re.compile(r"\bO\.?K\b\.?", re.IGNORECASE)


@dataclass(frozen=True)
class Token(Span):
    """A word as it is counted, and when it was said."""

    text: str


def normalise(text: str) -> list[str]:
    """The words that count in an English text."""
    words: list[str] = _normaliser()(CLOCK.sub(r"\1\2", OKAY.sub("okay", text))).split()
    return words


def tokens(words: Sequence[Word]) -> list[Token]:
    """What counts of a text, which is normalised as a whole: "twenty five" is one token, "I'm" are two.

    A token that no word gives by itself has the time of all the words that it may have come from.
    """
    whole = normalise("".join(word.text for word in words))
    single = [Token(word.start_s, word.end_s, text) for word in words for text in _normalised_word(word.text)]
    timed: list[Token] = []
    for same, chunks in groupby(
        alignment([token.text for token in single], whole), lambda chunk: chunk.type == "equal"
    ):
        block = list(chunks)
        sources = single[block[0].ref_start_idx : block[-1].ref_end_idx]
        texts = whole[block[0].hyp_start_idx : block[-1].hyp_end_idx]
        around = sources or single[max(0, block[0].ref_start_idx - 1) :][:2]
        timed += sources if same else [Token(around[0].start_s, around[-1].end_s, text) for text in texts]
    return timed


def alignment(truth: Sequence[str], heard: Sequence[str]) -> list[jiwer.AlignmentChunk]:
    """How one text becomes the other with the fewest changes, in stretches of words."""
    if not truth:  # jiwer wants a reference
        return [jiwer.AlignmentChunk("insert", 0, 0, 0, len(heard))] if heard else []
    chunks: list[jiwer.AlignmentChunk] = jiwer.process_words(" ".join(truth), " ".join(heard)).alignments[0]
    return chunks


@cache
def _normaliser() -> EnglishTextNormalizer:
    return EnglishTextNormalizer()


@cache
def _normalised_word(text: str) -> list[str]:
    return normalise(text)
