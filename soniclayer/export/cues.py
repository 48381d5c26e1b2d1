"""Subtitle cues from words: what is shown together, and from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from soniclayer.export.lines import Chunk, break_cost, fits, two_lines
from soniclayer.export.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from soniclayer.domain.segment import Word

# The usual house rules (BBC and Netflix subtitle guidelines agree within a little): 2 lines of 42, 1 to 7
# seconds.
MIN_MS = 1_000
MAX_MS = 7_000
PAUSE_S = 1.0
"""A cue does not hold words from both sides of a longer pause."""

_CUE_COST = 4.0
_SHORT_COST = 10.0


@dataclass(frozen=True)
class Cue:
    """One or two lines shown from `start_ms` to `end_ms`, milliseconds from the start of the recording."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


def cut_cues(segments: Iterable[Sequence[Word]]) -> list[Cue]:
    """The cues of segments given by their words, both in time order.

    At most 2 lines of 42 columns (a wide character counts two), 1-7 s, broken at punctuation where possible;
    never across segments or a pause of more than 1 s; never two at a time. A cue is shorter than 1 s only
    where its neighbours leave no room, and ends before its words do only where one word is longer than 7 s.
    """
    groups = [group for words in segments for run in _runs(words) for group in _cut(list(_chunks(run))) if group]
    return list(_timed(groups))


def _runs(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Stretches without a long pause."""
    run: list[Word] = []
    for word in words:
        if run and word.start_s - run[-1].end_s > PAUSE_S:
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _chunks(run: Iterable[Word]) -> Iterator[Chunk]:
    """What a line may be broken between; punctuation that is a word of its own stays with the word before."""
    held: Chunk | None = None
    for word in run:
        chunk = Chunk(one_line(word.text), word.text[:1].isspace(), word.start_s, word.end_s)
        if held and not chunk.spaced and not chunk.text[:1].isalnum():
            held = Chunk(held.text + chunk.text, held.spaced, held.start_s, max(held.end_s, chunk.end_s))
            continue
        if held:
            yield from held.pieces()
        held = chunk
    if held:
        yield from held.pieces()


def _cut(chunks: list[Chunk]) -> list[list[Chunk]]:
    """The cheapest way to divide a run into cues: few of them, ending at punctuation, none very short."""
    costs = [0.0] + [float("inf")] * len(chunks)
    starts = [0] * (len(chunks) + 1)
    for start in range(len(chunks)):
        for end in _possible_ends(chunks, start):
            cost = costs[start] + _cost(chunks, start, end)
            if cost < costs[end]:
                costs[end], starts[end] = cost, start
    groups: list[list[Chunk]] = []
    end = len(chunks)
    while end:
        groups.append(chunks[starts[end] : end])
        end = starts[end]
    return groups[::-1]


def _possible_ends(chunks: list[Chunk], start: int) -> Iterator[int]:
    yield start + 1
    for end in range(start + 2, len(chunks) + 1):
        too_long = (chunks[end - 1].end_s - chunks[start].start_s) * 1000 > MAX_MS
        if too_long or not fits(chunks[start:end]):
            return
        yield end


def _cost(chunks: list[Chunk], start: int, end: int) -> float:
    shown_ms = (chunks[end - 1].end_s - chunks[start].start_s) * 1000
    cost = _CUE_COST + (_SHORT_COST if shown_ms < MIN_MS else 0.0)
    return cost if end == len(chunks) else cost + break_cost(chunks[end - 1], chunks[end])


def _timed(groups: list[list[Chunk]]) -> Iterator[Cue]:
    """Give every group its time: lengthened to 1 s forwards, then backwards, as far as there is room."""
    starts_ms: list[int] = []
    for group in groups:
        earliest = starts_ms[-1] + 1 if starts_ms else 0
        starts_ms.append(max(earliest, round(group[0].start_s * 1000)))
    shown_until = 0
    for group, start, after in zip(groups, starts_ms, [*starts_ms, None][1:], strict=True):
        end = min(max(round(group[-1].end_s * 1000), start + MIN_MS), start + MAX_MS)
        end = end if after is None else min(end, after)
        begin = min(start, max(shown_until, end - MIN_MS))
        yield Cue(begin, end, two_lines(group))
        shown_until = end
