"""A programme that nobody spoke: an engine for any length of it, and a sound of that length that a browser plays."""

from __future__ import annotations

import math
from random import Random

import av
import numpy as np
from fake_engine import FakeEngine

from soniclayer.domain.segment import Analysis, Label, Segment, SegmentLabels, Tag, Transcript, Word
from soniclayer.domain.window import Expected, Plan, PreparedWindow, Region, Window

SEGMENT_S = 14.4
SEGMENTS = 4
WINDOW_S = SEGMENTS * SEGMENT_S
RATE_HZ = 8_000
KINDS = {7: "music", 23: "silence", 31: "noise"}
"""Of every 40 segments, those that nobody speaks in."""

TOPICS = ("Food", "Sports", "Health", "Technology", "Politics", "Environment", "Travel")
TONES = ("Positive", "Neutral", "Casual", "Excited", "Critical")
TAGS = (("profanity", "damn"), ("advertisement", "call now"), ("repetition", "again and again"))
VOCABULARY = """\
the evening train leaves late because a signal failed near river bridge and nobody told us how long it would take so we
asked people on platform four what they had for dinner instead some said soup others laughed about it"""


class MadeProgramme(FakeEngine):
    """Made-up results that look like those of a real programme; `texts` replaces those of single segments."""

    def __init__(self, windows: int = 3, texts: dict[str, str] | None = None) -> None:
        super().__init__(windows)
        self.texts = texts or {}

    @property
    def duration_s(self) -> float:
        """Of all of it."""
        return self.windows * WINDOW_S

    def prepare(self, source, language, resume):
        """See Engine."""
        yield Expected(self.duration_s)
        for number in range(resume.number, self.windows):
            yield PreparedWindow(made_window(number), b"fLaC%d" % number)
        yield Plan(
            windows=self.windows,
            duration_s=self.duration_s,
            container="flac",
            codec="flac",
            sample_rate_hz=RATE_HZ,
            channels=1,
            language=language or "en",
            language_probability=None if language else 0.9,
            loudness_lufs=-19.4,
            dead_air=(),
            damage=None,
        )

    def transcribe(self, audio, window):
        """See Engine."""
        spoken = [self._segment(window, place) for place in range(SEGMENTS)]
        return Transcript(window.number, "en", "made up", tuple(spoken))

    def classify(self, transcript):
        """See Engine."""
        spoken = [segment for segment in transcript.segments if segment.kind == "speech"]
        return Analysis(transcript.window, "made up", tuple(_labels(segment) for segment in spoken))

    def _segment(self, window: Window, place: int) -> Segment:
        number = window.number * SEGMENTS + place
        start_s, kind = number * SEGMENT_S, kind_of(number)
        segment_id = f"{window.number:04d}.{place:02d}"
        text = self.texts.get(segment_id) or sentence(number)
        words = _words(text, start_s) if kind == "speech" else ()
        return Segment(
            start_s, start_s + SEGMENT_S, segment_id, kind, text if words else "", words, suspicious=number % 50 == 5
        )


def made_window(number: int) -> Window:
    """The facts of one; loudness and peaks rise and fall."""
    start_s = number * WINDOW_S
    regions = [
        Region(start_s + place * SEGMENT_S, start_s + (place + 1) * SEGMENT_S, kind_of(number * SEGMENTS + place))
        for place in range(SEGMENTS)
    ]
    waves = [math.sin((number * 576 + step) / 31) for step in range(576)]
    return Window(
        start_s=start_s,
        end_s=start_s + WINDOW_S,
        number=number,
        speech=tuple(regions[0:1]),
        regions=tuple(regions),
        language="en",
        momentary_lufs=tuple(round(-20 + 6 * wave, 1) for wave in waves),
        peaks=tuple(round(45 + 35 * wave) for wave in waves),
    )


def kind_of(number: int) -> str:
    """Of a segment, counted from the beginning."""
    return KINDS.get(number % 40, "speech")


def sentence(number: int) -> str:
    """What is said in a segment: other words in each, always the same in the same."""
    chosen = Random(number).choices(VOCABULARY.split(), k=32)
    return f"Number {number}: {' '.join(chosen)}."


def write_sound(path, duration_s: float, note: str = ""):
    """A FLAC of silence with a short beep at the beginning of every minute; with another note it has other bytes."""
    second = np.zeros((1, RATE_HZ), np.int16)
    beep = second.copy()
    beep[0, : RATE_HZ // 4] = 3000 * np.sin(2 * np.pi * 440 * np.arange(RATE_HZ // 4) / RATE_HZ)
    with av.open(path, "w") as container:
        container.metadata["comment"] = note
        stream = container.add_stream("flac", rate=RATE_HZ, layout="mono")
        stream.format = "s16"
        for number in range(math.ceil(duration_s)):
            frame = av.AudioFrame.from_ndarray(second if number % 60 else beep, "s16", "mono")
            frame.sample_rate, frame.pts = RATE_HZ, number * RATE_HZ
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _words(text: str, start_s: float) -> tuple[Word, ...]:
    said = text.split()
    each_s = (SEGMENT_S - 0.4) / len(said)
    return tuple(
        Word(round(start_s + place * each_s, 2), round(start_s + (place + 0.9) * each_s, 2), f" {word}", 0.9)
        for place, word in enumerate(said)
    )


def _labels(segment: Segment) -> SegmentLabels:
    chance = Random(segment.segment_id)
    topic, other = chance.sample(TOPICS, 2)
    tone, second = chance.sample(TONES, 2)
    confidence = round(chance.uniform(0.35, 0.95), 2)
    tags = [Tag(*chance.choice(TAGS))] if chance.random() < 0.2 else []
    return SegmentLabels(
        segment.segment_id,
        Label(topic, confidence, other, unsure=confidence < 0.5),
        Label(tone, round(chance.uniform(0.4, 0.9), 2), second, unsure=False),
        tuple(tags),
    )
