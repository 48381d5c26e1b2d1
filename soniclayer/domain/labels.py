"""What `classify` may say of a segment: topics, tones and tag rules, as `labels.yaml` describes them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property

TAG_NAMES = ("profanity", "repetition", "advertisement")
"""Every tag that `pipeline.tags` can give."""


@dataclass(frozen=True)
class TagRules:
    """When a segment gets a tag; `pipeline.tags` says how each rule works.

    `profanity_allow` are words of the library's list that are none on the air, `profanity_add` words it
    lacks. `repetition_times` and `repetition_words` are the least runs and words in all that make a loop.
    `advertisement_cues` different cues of `advertisement_topic` make an advertisement.
    """

    profanity_allow: tuple[str, ...]
    profanity_add: tuple[str, ...]
    repetition_times: int
    repetition_words: int
    advertisement_topic: str
    advertisement_cues: int


@dataclass(frozen=True)
class Example:
    """Something that could be said on the air, and its topic and tone (one of them may be unknown)."""

    text: str
    topic: str | None
    tone: str | None


@dataclass(frozen=True)
class LabelFamily:
    """All a label model needs to know of the topics, or of the tones.

    `name` is `topic` or `tone`, `phrases` label -> what describes it (English, at least one), `examples` pairs of
    label and text, perhaps none. `style` are cues (see `domain.cue`) whose number in a text tells how it is worded.
    """

    name: str
    phrases: dict[str, tuple[str, ...]]
    examples: tuple[tuple[str, str], ...] = ()
    style: tuple[str, ...] = ()


@dataclass(frozen=True)
class Labels:
    """All labels: name -> descriptions (English phrases), and name -> cues (see `domain.cue`), perhaps none.

    `topic_stay` and `tone_stay` (0-1) are how likely a label goes on in the next segment, `turn_stay` the same of both
    where another voice begins, an unsure margin (0-1) the confidence a label must be ahead of its runner-up by, and a
    cue weight what one cue adds (log-odds).
    """

    topics: dict[str, tuple[str, ...]]
    tones: dict[str, tuple[str, ...]]
    topic_cues: dict[str, tuple[str, ...]]
    tone_cues: dict[str, tuple[str, ...]]
    style: tuple[str, ...]
    examples: tuple[Example, ...]
    tags: TagRules
    topic_stay: float
    tone_stay: float
    turn_stay: float
    topic_unsure_margin: float
    tone_unsure_margin: float
    topic_cue_weight: float
    tone_cue_weight: float

    @cached_property
    def topic_family(self) -> LabelFamily:
        """The topics, for a label model."""
        pairs = tuple((example.topic, example.text) for example in self.examples if example.topic)
        return LabelFamily("topic", self.topics, pairs, self.style)

    @cached_property
    def tone_family(self) -> LabelFamily:
        """The tones, for a label model."""
        pairs = tuple((example.tone, example.text) for example in self.examples if example.tone)
        return LabelFamily("tone", self.tones, pairs, self.style)

    @cached_property
    def fingerprint(self) -> str:
        """First 12 hex digits of the SHA-256 of all of this: edited labels are other labels."""
        content = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False).encode()
        return hashlib.sha256(content).hexdigest()[:12]
