"""What `classify` may say of a segment: topics, tones and tag rules, as `labels.yaml` describes them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

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
class Labels:
    """All labels: name -> descriptions (English phrases), and name -> cues (see `domain.cue`), perhaps none.

    `neighbour_share` (0-0.5) is how much the neighbouring segments weigh in a topic, `unsure_margin` (0-1)
    the confidence a label must be ahead of its runner-up by, a cue weight what one cue adds (log-odds).
    """

    topics: dict[str, tuple[str, ...]]
    tones: dict[str, tuple[str, ...]]
    topic_cues: dict[str, tuple[str, ...]]
    tone_cues: dict[str, tuple[str, ...]]
    tags: TagRules
    neighbour_share: float
    unsure_margin: float
    topic_cue_weight: float
    tone_cue_weight: float

    @property
    def fingerprint(self) -> str:
        """First 12 hex digits of the SHA-256 of all of this: edited labels are other labels."""
        content = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False).encode()
        return hashlib.sha256(content).hexdigest()[:12]
