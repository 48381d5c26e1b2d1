"""What is told of a recording when all its windows are done."""

from __future__ import annotations

from dataclasses import dataclass, field

from soniclayer.domain.segment import Label, Origin, Segment, Source, Tag
from soniclayer.domain.window import Span


@dataclass(frozen=True)
class PersonaScore:
    """One persona's evaluation of one segment, as readers get it.

    `provisional`: the rules stand in for a Langflow that will be asked again. `origin` tells of the Langflow that
    answered, None with the source `rules`.
    """

    persona: str
    score: float
    confidence: float
    opinion: str
    rationale: str
    note: str
    source: Source
    provisional: bool = False
    origin: Origin | None = None


@dataclass(frozen=True)
class SegmentReport:
    """Everything known of one segment.

    Without speech `topic` and `tone` are None, `tags` and `evaluations` empty.
    """

    segment: Segment
    loudness_lufs: float | None
    topic: Label | None
    tone: Label | None
    tags: tuple[Tag, ...]
    evaluations: tuple[PersonaScore, ...]


@dataclass(frozen=True)
class SegmentReports:
    """All segments of a recording, in time order."""

    segments: tuple[SegmentReport, ...]


@dataclass(frozen=True)
class PersonaSummary:
    """One persona over a whole recording; None and empty where there was nothing to judge.

    `distribution` counts the scores rounded to 1, 2, 3, 4, 5. `best` and `worst` are up to three segment ids
    each. `by_langflow` of these scores are Langflow's, the others the rules', of which `provisional` stand in for it.
    """

    persona: str
    title: str
    mean_score: float | None
    distribution: tuple[int, int, int, int, int]
    best: tuple[str, ...]
    worst: tuple[str, ...]
    by_langflow: int = 0
    provisional: int = 0

    @property
    def by_rules(self) -> int:
        """Scores that are the rules', provisional ones among them."""
        return sum(self.distribution) - self.by_langflow


@dataclass(frozen=True)
class Failure:
    """A step that was given up, for good: `code`, one line for people, and how often it was tried."""

    step: str
    code: str
    message: str
    attempts: int


@dataclass(frozen=True)
class Summary:
    """Per recording. Shares are fractions of the speech time, largest first; they add up to 1 (or are empty).

    `language_probability` (0-1) is the speech model's, None where the language was forced or nobody spoke.
    `dead_air` are the stretches of 5 s or more under -60 dBFS, in time order.
    `inputs` is the hash of what the summary was made from: a recording is done while it matches what is
    stored.
    """

    inputs: str
    duration_s: float
    speech_s: float
    language: str | None
    language_probability: float | None
    loudness_lufs: float | None
    dead_air: tuple[Span, ...]
    damage: str | None
    personas: tuple[PersonaSummary, ...]
    topic_shares: tuple[tuple[str, float], ...]
    tone_shares: tuple[tuple[str, float], ...]
    failures: tuple[Failure, ...]


@dataclass(frozen=True)
class Result:
    """A recording as readers get it: what report and exports are made from.

    `name` is the file name it came with, untrusted; `uploaded_at` when it came first, UTC, ISO 8601; `models` are
    those for speech and for labels; `state` as `domain.state` tells it; `segments` in time order. Of a recording that
    failed early the summary is empty (0 s) but for its failures.
    """

    audio_id: str
    name: str
    uploaded_at: str | None = field(default=None, kw_only=True)
    models: tuple[str, ...] = field(default=(), kw_only=True)
    state: str
    summary: Summary
    segments: tuple[SegmentReport, ...]
