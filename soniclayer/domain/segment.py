"""Words and segments, and what is found out about a segment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from soniclayer.domain.window import RegionKind, Span

Source = Literal["langflow", "rules"]


@dataclass(frozen=True, slots=True)
class Word(Span):
    """A spoken word; `probability` (0-1) is the speech model's. `text` keeps its leading space and punctuation."""

    text: str
    probability: float


@dataclass(frozen=True)
class Segment(Span):
    """About 15 s of a recording, ending at a sentence end or a pause.

    `segment_id` is window and number in it (`0003.02`), stable from the moment it appears. Only a segment of kind
    speech has words; text is the words joined and stripped. `suspicious` marks what may be invented by the model,
    `turn` that another voice speaks than in the segment before it.
    """

    segment_id: str
    kind: RegionKind
    text: str
    words: tuple[Word, ...]
    suspicious: bool = False
    turn: bool = False


@dataclass(frozen=True)
class Transcript:
    """What `transcribe` made of one window."""

    window: int
    language: str | None
    model: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Label:
    """A topic or tone with the classifier's confidence (0-1); `unsure` when the runner-up is close."""

    name: str
    confidence: float
    runner_up: str
    unsure: bool


@dataclass(frozen=True)
class Tag:
    """A fact a rule found in a segment (`profanity`, `repetition`, `advertisement`), and what it rests on."""

    name: str
    evidence: str


@dataclass(frozen=True)
class SegmentLabels:
    """What `classify` says of one speech segment."""

    segment_id: str
    topic: Label
    tone: Label
    tags: tuple[Tag, ...]


@dataclass(frozen=True)
class Analysis:
    """What `classify` made of one window: one entry per speech segment, in time order."""

    window: int
    model: str
    segments: tuple[SegmentLabels, ...]


@dataclass(frozen=True)
class Evaluation:
    """One persona on one segment: score 1-5, confidence 0-1, why, and who says so."""

    segment_id: str
    score: float
    confidence: float
    opinion: str
    rationale: str
    note: str
    source: Source = "rules"


@dataclass(frozen=True)
class Origin:
    """Where the opinions of a window come from that are not by the rules.

    `flow_fingerprint` is that of the flow as the server had it, `model` the language model's name, None where nobody
    told; `latency_s` the time of all calls together, `attempts` their number.
    """

    flow: str
    flow_fingerprint: str | None
    model: str | None
    latency_s: float
    attempts: int


@dataclass(frozen=True)
class WindowEvaluation:
    """What one persona says of the speech segments of one window, in time order.

    `provisional` while the rules stand in for a Langflow that is to be asked again. `origin` is None where nobody but
    the rules was asked. `source` is there for processes of a version that knew no Langflow: they cannot read this
    without it, and work beside this one during an upgrade, or after it was taken back. `langflow` where any of the
    evaluations is.
    """

    window: int
    persona: str
    fingerprint: str
    source: Source = field(default="rules", kw_only=True)
    evaluations: tuple[Evaluation, ...]
    provisional: bool = False
    origin: Origin | None = None
