"""Made-up word times for a written programme: so it is cut into windows and segments as the pipeline cuts speech."""

from __future__ import annotations

from itertools import pairwise

from soniclayer.domain.segment import Word
from soniclayer.domain.window import Region, Span, Window
from soniclayer.pipeline.segments import cut_segments, ends_sentence

WORD_S = 1 / 2.6
"""Of the sample broadcast: 2.6 words a second, pauses included."""

SENTENCE_PAUSE_S = 0.25
PART_PAUSE_S = 0.4
FIRST_WINDOW_S = 30.0
WINDOW_S = 60.0
EARLIEST_CUT = 0.6
"""Windows are cut in the last 40 % of their length, at the longest pause."""


def cut_programme(parts):
    """Windows, each a list of (segment, the part that it overlaps most)."""
    words, spans = _speak(parts)
    starts_s = {round(span.start_s, 3) for span, speaker in zip(spans, _speakers(parts), strict=True) if speaker}
    turns = {word for word in words if word.start_s in starts_s}
    return [[(segment, parts[_most(segment, spans)]) for segment in window] for window in _windows(words, turns)]


def _speakers(parts):
    """Per part whether somebody else speaks than before; who it is, is not always told."""
    names = [part.get("speaker") for part in parts]
    return [True, *(name is None or name != before for before, name in pairwise(names))]


def _speak(parts):
    words, spans, at_s = [], [], 0.0
    for part in parts:
        start_s = at_s
        for text in part["text"].split():
            words.append(Word(round(at_s, 3), round(at_s + 0.95 * WORD_S, 3), f" {text}", 0.9))
            at_s += WORD_S + (SENTENCE_PAUSE_S if ends_sentence(text) else 0.0)
        spans.append(Span(start_s, at_s))
        at_s += PART_PAUSE_S
    return words, spans


def _windows(words, turns):
    start, start_s, length_s, number = 0, 0.0, FIRST_WINDOW_S, 0
    while start < len(words):
        end = _window_end(words, start_s, length_s)
        end_s = words[end - 1].end_s + 0.1
        span = Span(start_s, end_s)
        region = Region(start_s, end_s, "speech")
        window = Window(start_s, end_s, number, (span,), (region,), "en", (), ())
        yield cut_segments(window, words[start:end], turns)
        start, start_s, length_s, number = end, end_s, WINDOW_S, number + 1


def _window_end(words, start_s, length_s):
    """The number of words before the end of the window."""
    if words[-1].end_s <= start_s + length_s:
        return len(words)
    late = range(1, len(words))
    inside = [end for end in late if start_s + EARLIEST_CUT * length_s <= words[end].start_s <= start_s + length_s]
    return max(inside, key=lambda end: (round(words[end].start_s - words[end - 1].end_s, 2), end))


def _most(segment, spans):
    overlaps = [min(segment.end_s, span.end_s) - max(segment.start_s, span.start_s) for span in spans]
    return overlaps.index(max(overlaps))
