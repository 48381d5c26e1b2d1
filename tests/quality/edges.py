"""Whether a segment begins or ends inside a word.

Two things can show it. The recognised words: an edge inside one, of whatever segment. And the truth: where the words
say that an edge stands between two sentences, but the sound of a sentence goes on on the other side of it, the
recognised word had wrong times, and the edge cuts it all the same. Of an edge in the middle of a sentence the truth
proves nothing, for it has no times of words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from quality.sound import sounding

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt
    from quality.truth import Truth
    from quality.words import WordComparison

    from soniclayer.domain.segment import Segment
    from soniclayer.domain.window import Span

INSIDE_S = 0.001
"""Times are rounded to milliseconds."""

SURELY_CUT_S = 0.2
"""Whisper's times of words are right to about this; an edge further inside the sound takes a piece of the word away."""


def edges_in_words(
    truth: Truth, segments: Sequence[Segment], words: WordComparison, sound: npt.NDArray[np.float32]
) -> list[tuple[float, str]]:
    """The edges inside a word, in order of time, each with a line that says why. Two segments may share an edge.

    Args:
        truth: the programme; only its sentences count here.
        segments: all of them, without speech too.
        words: what was said against what was recognised.
        sound: the programme, mono float32 at 16 kHz, shape (samples,).
    """
    firsts, lasts = _outer_tokens(truth, words, sound)
    edges = sorted({edge_s for segment in segments for edge_s in (segment.start_s, segment.end_s)})
    reasons = ((edge_s, _reason(edge_s, segments, words, firsts, lasts)) for edge_s in edges)
    return [(edge_s, reason) for edge_s, reason in reasons if reason]


def _reason(
    edge_s: float,
    segments: Sequence[Segment],
    words: WordComparison,
    firsts: dict[int, Span],
    lasts: dict[int, Span],
) -> str:
    for word in (word for segment in segments for word in segment.words):
        if word.start_s + INSIDE_S < edge_s < word.end_s - INSIDE_S:
            return f'inside "{word.text.strip()}", {word.start_s:.2f}-{word.end_s:.2f}'
    after = sum((token.start_s + token.end_s) / 2 < edge_s for token in words.heard)
    if after - 1 in lasts and lasts[after - 1].end_s - edge_s > SURELY_CUT_S:
        cut_s = lasts[after - 1].end_s - edge_s
        return f'"{words.heard[after - 1].text}", the last word of its sentence, sounds for another {cut_s:.2f} s'
    if after in firsts and edge_s - firsts[after].start_s > SURELY_CUT_S:
        cut_s = edge_s - firsts[after].start_s
        return f'"{words.heard[after].text}", the first word of its sentence, began {cut_s:.2f} s before'
    return ""


def _outer_tokens(
    truth: Truth, words: WordComparison, sound: npt.NDArray[np.float32]
) -> tuple[dict[int, Span], dict[int, Span]]:
    """Which recognised tokens are the first, and the last, of a sentence, and where that has sound."""
    heard_as = dict(words.pairs)
    firsts, lasts = {}, {}
    for sentence in (sentence for part in truth.parts for sentence in part.sentences):
        inside = [n for n, token in enumerate(words.said) if sentence.start_s <= token.start_s < sentence.end_s]
        if inside:
            span = sounding(sentence, sound)
            firsts[heard_as.get(inside[0], -1)] = span
            lasts[heard_as.get(inside[-1], -1)] = span
    return {n: span for n, span in firsts.items() if n >= 0}, {n: span for n, span in lasts.items() if n >= 0}
