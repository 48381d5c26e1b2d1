"""Cuts a window's words into segments of about 15 s that end at a sentence end or the longest pause.

The cut is the cheapest partition of the words, found by dynamic programming; the costs below say what a good cut is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from soniclayer.domain.segment import Segment, Word
from soniclayer.domain.window import Region

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from soniclayer.domain.window import Window

SHORTEST_QUIET_S = 4.4
"""A region without speech of 5 s, as measured: what is heard around speech (`voice.SPEECH_PAD_S`) takes 0.6 s off."""

TARGET_S = 15.0
SHORTEST_S = 5.0
LONGEST_S = 20.0
"""The length of a segment (DESIGN: ~15 s, 5-20 s)."""

TOO_SHORT_COST = 10.0
"""Joining a remainder to its neighbour beats any good place to cut; LONGEST_S is never passed for it."""

INSIDE_SENTENCE_COST = 6.0
"""As bad as a segment of 15 ± 12 s: whole sentences beat an even length."""

TURN_RELIEF = 6.0
"""Where another voice goes on a new item mostly begins: worth a segment of 5 s beside one of 15 s."""

PAUSE_RELIEF = 2.0
LONGEST_PAUSE_S = 1.5
"""A pause makes a cut better by this much a second, up to a pause between two items of a programme."""

SOUND_ON_S = 0.3
"""Speech models end a word when its last sound begins to fade: a segment goes on so much longer, as far as there is
room. Else 2 of 15 segments of the sample broadcast were cut off in their last word."""

ABBREVIATIONS = frozenset({"mr.", "mrs.", "ms.", "dr.", "st.", "prof.", "vs.", "no.", "e.g.", "i.e.", "u.s.", "u.k."})
CLOSING_MARKS = "\"'”’)]»"
SENTENCE_ENDS = (".", "?", "!", "…", "。", "？", "！")


@dataclass(frozen=True)
class Piece:
    """A stretch that becomes one segment: words, or a region without speech."""

    start_s: float
    end_s: float
    words: tuple[Word, ...] = ()
    region: Region | None = None


def cut_segments(window: Window, words: Sequence[Word], turns: Container[Word] = ()) -> tuple[Segment, ...]:
    """The segments of a window, in time order, numbered from 0.

    One per region of music, noise or silence of 5 s or more, as far as that can be told; between those, the words in
    segments of 5-20 s (shorter only where fewer words stand between two such regions or in the whole window). No words,
    no speech segment.

    Args:
        window: says where there is no speech.
        words: of the window, in time order.
        turns: those with which another voice begins.
    """
    quiet = [region for region in window.regions if region.kind != "speech" and region.duration_s >= SHORTEST_QUIET_S]
    pieces = [Piece(region.start_s, region.end_s, region=region) for region in quiet]
    for stretch in _between(words, quiet):
        pieces += (Piece(part[0].start_s, part[-1].end_s, words=part) for part in partition(stretch, turns))
    pieces.sort(key=lambda piece: (piece.start_s, piece.end_s))
    limits_s = [*(piece.start_s for piece in pieces[1:]), window.end_s]
    pieces = [_sounding_on(piece, limit_s) for piece, limit_s in zip(pieces, limits_s, strict=False)]
    return tuple(_segment(f"{window.number:04d}.{number:02d}", piece, turns) for number, piece in enumerate(pieces))


def partition(words: Sequence[Word], turns: Container[Word] = ()) -> list[tuple[Word, ...]]:
    """The cheapest way to cut the words; no part is longer than LONGEST_S unless it is one word."""
    best: list[tuple[float, int]] = [(0.0, 0)]  # per number of words cut: cost, and where the last part starts
    for end in range(1, len(words) + 1):
        best.append(min(_options(words, turns, best, end)))
    parts = []
    end = len(words)
    while end:
        start = best[end][1]
        parts.append(tuple(words[start:end]))
        end = start
    return parts[::-1]


def ends_sentence(text: str) -> bool:
    """Whether a word closes a sentence, by its punctuation."""
    bare = text.strip().rstrip(CLOSING_MARKS)
    return bare.endswith(SENTENCE_ENDS) and bare.lower() not in ABBREVIATIONS


def _options(
    words: Sequence[Word], turns: Container[Word], best: Sequence[tuple[float, int]], end: int
) -> Iterable[tuple[float, int]]:
    after = _cut_cost(words, turns, end) if end < len(words) else 0.0
    for start in range(end - 1, -1, -1):
        length_s = words[end - 1].end_s - words[start].start_s
        if length_s > LONGEST_S and start < end - 1:
            return
        yield best[start][0] + _length_cost(length_s) + after, start


def _length_cost(length_s: float) -> float:
    """Grows with the square of the distance to 15 s: 0 at 15 s, 1 at 10 s and 20 s, 4 at 5 s."""
    cost = ((length_s - TARGET_S) / 5.0) ** 2
    return cost + TOO_SHORT_COST if length_s < SHORTEST_S else cost


def _cut_cost(words: Sequence[Word], turns: Container[Word], end: int) -> float:
    pause_s = words[end].start_s - words[end - 1].end_s
    relief = PAUSE_RELIEF * min(max(pause_s, 0.0), LONGEST_PAUSE_S)
    if words[end] in turns:
        return -TURN_RELIEF - relief
    return (0.0 if ends_sentence(words[end - 1].text) else INSIDE_SENTENCE_COST) - relief


def _between(words: Sequence[Word], quiet: Sequence[Region]) -> Iterable[Sequence[Word]]:
    """The words before, between and after regions without speech, by the middle of each word."""
    edges = [float("-inf"), *(region.start_s for region in quiet), float("inf")]
    for start_s, end_s in pairwise(edges):
        stretch = [word for word in words if start_s <= (word.start_s + word.end_s) / 2 < end_s]
        if stretch:
            yield stretch


def _sounding_on(piece: Piece, limit_s: float) -> Piece:
    """A piece of words with its last sound, at most half-way to `limit_s`, where the next begins."""
    if not piece.words:
        return piece
    return replace(piece, end_s=min(piece.end_s + SOUND_ON_S, max(piece.end_s, (piece.end_s + limit_s) / 2)))


def _segment(segment_id: str, piece: Piece, turns: Container[Word]) -> Segment:
    return Segment(
        start_s=round(piece.start_s, 3),
        end_s=round(piece.end_s, 3),
        segment_id=segment_id,
        kind=piece.region.kind if piece.region else "speech",
        text="".join(word.text for word in piece.words).strip(),
        words=piece.words,
        turn=bool(piece.words) and piece.words[0] in turns,
    )
