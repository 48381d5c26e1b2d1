"""A persona: an audience, as its YAML file describes it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import MISSING, asdict, dataclass, fields, replace
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
    """An audience: what it prefers and dislikes, and how it talks. `name` is the file's, e.g. `gen_z`.

    `flow` is the flow of a Langflow that speaks for it, empty for the one that is generated from its file; `batch` how
    many segments one call carries, where 1 is a contract of its own: see docs/personas.md. `edition` counts how often a
    recording has asked it anew.
    """

    name: str
    title: str
    description: str
    preferred_topics: tuple[str, ...]
    preferred_tones: tuple[str, ...]
    disliked_topics: tuple[str, ...]
    disliked_tones: tuple[str, ...]
    disliked_tags: tuple[str, ...]
    voice: Voice
    flow: str = ""
    batch: int = 8
    edition: int = 0

    @property
    def flow_name(self) -> str:
        """The name of its flow, generated or not."""
        return self.flow or f"soniclayer_{self.name}"

    def same_as(self, other: Persona) -> bool:
        """Whether it is the same but for its edition: that is a recording's, and no part of what a persona is."""
        return replace(self, edition=other.edition) == other

    @property
    def fingerprint(self) -> str:
        """First 12 hex digits of the SHA-256 of the persona's content: an edited persona is another one.

        A field at its default is left out: what was computed before there was such a field keeps its name.
        """
        defaults = {field.name: field.default for field in fields(self) if field.default is not MISSING}
        said = {name: value for name, value in asdict(self).items() if name not in defaults or value != defaults[name]}
        content = json.dumps(said, sort_keys=True, ensure_ascii=False).encode()
        return hashlib.sha256(content).hexdigest()[:12]
