"""Packs the speech of a window into clips: what the speech model hears at a time.

Whisper hears 30 s, however little speech is in them, and half of its time goes into hearing (base, int8, one thread:
1.1 s to encode a clip, 1.1 s to write down and align the 90 tokens of a full one). So clips are few and full, and a
clip is cut in pauses, the longest there are: a word that is cut through is lost, and often its sentence with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

from soniclayer.domain.window import METER_STEP_S, Span
from soniclayer.pipeline.levels import step_levels_dbfs
from soniclayer.pipeline.speech_model import SAMPLE_RATE_HZ
from soniclayer.pipeline.voice import inside, padded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from soniclayer.domain.segment import Word
    from soniclayer.pipeline.audio_engine import Samples

CLIP_S = 29.9
"""Whisper hears 30 s; what is longer would be cut off by it."""

EARLY_S = 0.1
"""So much earlier than the detector a word may begin. Whisper lets the first one begin with the clip."""


@dataclass(frozen=True)
class Clip:
    """Spans of a window's sound, put together without the long pauses between them; seconds from the window's start.

    `voices` are the parts of the spans in which the detector hears speech, one each.
    """

    spans: tuple[Span, ...]
    voices: tuple[Span, ...]

    @property
    def duration_s(self) -> float:
        """Length of all spans together."""
        return sum(span.duration_s for span in self.spans)

    def sound(self, audio: Samples) -> Samples:
        """What is to be heard, out of the window's sound (mono float32 at 16 kHz, shape (samples,))."""
        return np.concatenate(
            [audio[round(s.start_s * SAMPLE_RATE_HZ) : round(s.end_s * SAMPLE_RATE_HZ)] for s in self.spans]
        )

    def halves(self) -> list[Clip]:
        """The clip divided between two spans, as near to its middle as can be; itself when it is one span."""
        if len(self.spans) == 1:
            return [self]
        passed_s = list(accumulate(span.duration_s for span in self.spans))
        at = min(range(1, len(self.spans)), key=lambda i: abs(2 * passed_s[i - 1] - passed_s[-1]))
        return [Clip(self.spans[:at], self.voices[:at]), Clip(self.spans[at:], self.voices[at:])]

    def place(self, word: Word) -> Word:
        """A word whose times are from the start of the clip, with times from the start of the window.

        It lies in the span that its middle lies in: words at the joint of two spans do not reach over the pause. The
        first does not begin long before the voice does, where the model hears the music before it, say.
        """
        middle_s = (word.start_s + word.end_s) / 2
        passed_s = 0.0
        place = 0
        while place < len(self.spans) - 1 and middle_s >= passed_s + self.spans[place].duration_s:
            passed_s += self.spans[place].duration_s
            place += 1
        span, voice = self.spans[place], self.voices[place]
        shift_s = span.start_s - passed_s
        end_s = min(max(word.end_s + shift_s, span.start_s), span.end_s)
        earliest_s = max(span.start_s, voice.start_s - EARLY_S)
        return replace(word, start_s=min(max(word.start_s + shift_s, earliest_s), end_s), end_s=end_s)


def pack(speech: Sequence[Span], audio: Samples) -> list[Clip]:
    """The fewest clips that hold all speech; of those the ones divided by the longest pauses.

    Args:
        speech: spans with voice in them, divided by pauses; seconds from the start of `audio`.
        audio: the window's sound. A span too long for a clip is cut at its quietest places.

    Returns:
        Clips of at most CLIP_S, in order. Spans are a little wider than `speech` (see `voice.padded`).
    """
    pieces = _pieces(speech, audio)
    ends: list[_End] = [(0, 0.0, 0)]
    for end in range(1, len(pieces) + 1):
        ends.append(min(_last_clips(pieces, ends, end)))
    clips = []
    end = len(pieces)
    while end:
        start = ends[end][2]
        parts = pieces[start:end]
        clips.append(Clip(tuple(part.span for part in parts), tuple(part.voice for part in parts)))
        end = start
    return clips[::-1]


def spare_s(speech: Sequence[Span], within: Span) -> float:
    """How much more speech the clips of a window could hold: what the model hears in vain.

    Args:
        speech: see `pack`; what lies outside `within` does not count.
        within: the window.
    """
    lengths = [span.duration_s for span in padded(inside(speech, within), within)]
    filled, count = CLIP_S, 0
    for length_s in lengths:
        if filled + length_s > CLIP_S:
            filled = 0.0
            count += 1
        count += int((filled + length_s) // CLIP_S)  # a span longer than a clip goes on in the next
        filled = (filled + length_s) % CLIP_S
    return count * CLIP_S - sum(lengths)


_End = tuple[int, float, int]
"""A way to pack the first spans: number of clips, minus the pauses between them, first span of the last clip."""


@dataclass(frozen=True)
class _Piece:
    """A span that is not divided, the voice in it, and the pause before it."""

    span: Span
    voice: Span
    pause_s: float


def _pieces(speech: Sequence[Span], audio: Samples) -> list[_Piece]:
    whole = Span(0.0, len(audio) / SAMPLE_RATE_HZ)
    levels = step_levels_dbfs(audio)
    pauses_s = [0.0, *(after.start_s - before.end_s for before, after in pairwise(speech))]
    pieces = []
    for span, voice, pause_s in zip(padded(speech, whole), speech, pauses_s, strict=False):  # no span, no pause
        for part in _short_enough(span, levels):
            begins = part.start_s == span.start_s
            heard = Span(voice.start_s if begins else part.start_s, min(voice.end_s, part.end_s))
            pieces.append(_Piece(part, heard, pause_s if begins else 0.0))
    return pieces


def _last_clips(pieces: Sequence[_Piece], ends: Sequence[_End], end: int) -> Iterator[_End]:
    """Every way to make the last of the first `end` pieces' clips."""
    length_s = 0.0
    for start in range(end - 1, -1, -1):
        length_s += pieces[start].span.duration_s
        if length_s > CLIP_S:
            return
        count, pauses, _ = ends[start]
        yield count + 1, round(pauses - pieces[start].pause_s, 6), start


def _short_enough(span: Span, levels_dbfs: npt.NDArray[np.float32]) -> list[Span]:
    """The span, or its parts of at most CLIP_S, cut in the quietest 100 ms of its middle third."""
    if span.duration_s <= CLIP_S:
        return [span]
    third_s = span.duration_s / 3
    first = round((span.start_s + third_s) / METER_STEP_S)
    last = round((span.end_s - third_s) / METER_STEP_S)
    quietest_s = round((first + int(np.argmin(levels_dbfs[first:last])) + 0.5) * METER_STEP_S, 3)
    parts = [Span(span.start_s, quietest_s), Span(quietest_s, span.end_s)]
    return [short for part in parts for short in _short_enough(part, levels_dbfs)]
