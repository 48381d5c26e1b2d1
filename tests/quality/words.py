"""How well the words were heard: what was said against what was recognised, over the whole programme."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from quality.normalise import Token, alignment, tokens
from quality.truth import spoken_words

from soniclayer.domain.window import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quality.truth import Truth

    from soniclayer.domain.segment import Segment


@dataclass(frozen=True)
class WordError(Span):
    """A stretch of words that differ; `said` is empty where words were made up, `heard` where they are missing.

    The time is that of the recognised words, or where none was, that of the sentence in the truth: roughly.
    """

    said: str
    heard: str


@dataclass(frozen=True)
class WordComparison:
    """Counts after normalising.

    `pairs` tells which token of the truth was recognised as which, both by their numbers: those that are equal.
    """

    said: tuple[Token, ...]
    heard: tuple[Token, ...]
    substitutions: int
    deletions: int
    insertions: int
    errors: tuple[WordError, ...]
    pairs: tuple[tuple[int, int], ...]

    @property
    def error_rate(self) -> float | None:
        """(substitutions + deletions + insertions) / words said; None when nothing is said."""
        wrong = self.substitutions + self.deletions + self.insertions
        return wrong / len(self.said) if self.said else None


def compare_words(truth: Truth, segments: Sequence[Segment]) -> WordComparison:
    """All that is said, in order of time, against all that was recognised, in order of time."""
    said = tokens([word for part in truth.parts for word in spoken_words(part)])
    heard = tokens([word for segment in segments for word in segment.words])
    chunks = alignment([token.text for token in said], [token.text for token in heard])
    lengths = {"substitute": 0, "delete": 0, "insert": 0, "equal": 0}
    pairs: list[tuple[int, int]] = []
    errors: list[WordError] = []
    for same, block in groupby(chunks, lambda chunk: chunk.type == "equal"):
        stretch = list(block)
        for chunk in stretch:
            lengths[chunk.type] += max(chunk.ref_end_idx - chunk.ref_start_idx, chunk.hyp_end_idx - chunk.hyp_start_idx)
        first, last = stretch[0], stretch[-1]
        true, found = (first.ref_start_idx, last.ref_end_idx), (first.hyp_start_idx, last.hyp_end_idx)
        if same:
            pairs += zip(range(*true), range(*found), strict=True)
        else:
            errors.append(_error(said[slice(*true)], heard[slice(*found)]))
    return WordComparison(
        said=tuple(said),
        heard=tuple(heard),
        substitutions=lengths["substitute"],
        deletions=lengths["delete"],
        insertions=lengths["insert"],
        errors=tuple(errors),
        pairs=tuple(pairs),
    )


def _error(said: Sequence[Token], heard: Sequence[Token]) -> WordError:
    place = heard or said
    return WordError(
        start_s=place[0].start_s,
        end_s=place[-1].end_s,
        said=" ".join(token.text for token in said),
        heard=" ".join(token.text for token in heard),
    )
