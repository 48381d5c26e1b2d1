"""Tiny truths and analyses, made by hand for the tests of the figures."""

from __future__ import annotations

from itertools import count, pairwise

import numpy as np
from quality.sound import RATE_HZ
from quality.truth import Part, Sentence, Truth

from soniclayer.domain.segment import Label, Segment, Word
from soniclayer.domain.summary import SegmentReport

QUIET = np.zeros(60 * RATE_HZ, np.float32)


def truth(*parts, gap_s=0.4):
    """(start, end, kind or text) or (start, end, text, topics, tones); every speech part is one sentence."""
    made = [_part(number, *part) for number, part in enumerate(parts, 1)]
    return Truth(made[-1].end_s, gap_s, tuple(made))


def spoken(start_s, end_s, text, segment_id="0000.00"):
    """A speech segment whose words are spread evenly over it."""
    texts = text.split()
    times = np.linspace(start_s, end_s, len(texts) + 1).tolist()
    words = tuple(Word(a, b, f" {text}", 0.9) for text, (a, b) in zip(texts, pairwise(times), strict=True))
    return Segment(start_s, end_s, segment_id, "speech", text, words)


def quiet(start_s, end_s, kind):
    """A segment without speech."""
    return Segment(start_s, end_s, "0000.00", kind, "", ())


def label(name, confidence=0.9, *, unsure=False):
    """What a classifier says."""
    return Label(name, confidence, "Other", unsure)


def reports(*found):
    """(segment, topic) or (segment, topic, tone), all with ids of their own."""
    numbers = count()
    return [_report(next(numbers), *one) for one in found]


def _report(number, segment, topic=None, tone=None):
    named = Segment(segment.start_s, segment.end_s, f"0000.{number:02d}", segment.kind, segment.text, segment.words)
    return SegmentReport(named, None, topic, tone, (), ())


def _part(number, start_s, end_s, what, *labels):
    if what in {"music", "noise", "silence"}:
        return Part(start_s, end_s, number, what)
    return Part(start_s, end_s, number, "speech", what, *(labels or ((), ())), (Sentence(start_s, end_s, what),))
