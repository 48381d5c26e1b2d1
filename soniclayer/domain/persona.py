"""A persona: an audience, as its YAML file describes it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from string import Formatter


def places_in(line: str) -> set[str]:
    """The places to fill in a line: `topic` for `{topic}`.

    Raises:
        ValueError: a brace stands alone.
    """
    return {field for _, field, _, _ in Formatter().parse(line) if field is not None}


@dataclass(frozen=True)
class Lines:
    """What a persona may say, by verdict; one line is chosen, and `{topic}` and `{tone}` are filled in.

    Liked and disliked have at least one line with `{topic}` alone and one with `{tone}` alone: a line is
    chosen only where all that it names earned the verdict.
    """

    liked: tuple[str, ...]
    neutral: tuple[str, ...]
    disliked: tuple[str, ...]


@dataclass(frozen=True)
class TagLines:
    """What a persona says where it finds a tag it dislikes; `{evidence}` is what was found."""

    opinions: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Voice:
    """How a persona speaks, in its own words.

    `opinions` say how it takes a segment, `notes` what it wants of the producer, `rationales` why, with
    `{facts}` filled in. `tags` has an entry for every tag the persona dislikes.
    """

    opinions: Lines
    notes: Lines
    rationales: tuple[str, ...]
    tags: dict[str, TagLines]


@dataclass(frozen=True)
class Persona:
    """An audience: what it prefers and dislikes, and how it talks. `name` is the file's, e.g. `gen_z`."""

    name: str
    title: str
    description: str
    preferred_topics: tuple[str, ...]
    preferred_tones: tuple[str, ...]
    disliked_topics: tuple[str, ...]
    disliked_tones: tuple[str, ...]
    disliked_tags: tuple[str, ...]
    voice: Voice

    @property
    def fingerprint(self) -> str:
        """First 12 hex digits of the SHA-256 of the persona's content: an edited persona is another one."""
        content = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False).encode()
        return hashlib.sha256(content).hexdigest()[:12]
