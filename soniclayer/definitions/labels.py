"""`config/labels.yaml` -> Labels."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from soniclayer.config_files import FileModel, load_yaml
from soniclayer.domain.cue import cue_pattern
from soniclayer.domain.labels import Example, Labels, TagRules

if TYPE_CHECKING:
    from pathlib import Path


def load_labels(path: Path) -> Labels:
    """Read topics, tones, tag rules and weights.

    Raises:
        ConfigError: all faults of the file, with their lines.
    """
    file = load_yaml(path, _LabelsFile)
    return Labels(
        topics={name: entry.describe for name, entry in file.topics.items()},
        tones={name: entry.describe for name, entry in file.tones.items()},
        topic_cues={name: entry.cues for name, entry in file.topics.items()},
        tone_cues={name: entry.cues for name, entry in file.tones.items()},
        style=file.style,
        examples=tuple(Example(entry.text, entry.topic, entry.tone) for entry in file.examples),
        tags=_tag_rules(file.tags),
        **file.rules.model_dump(),
    )


def _tag_rules(tags: _TagsPart) -> TagRules:
    return TagRules(
        profanity_allow=tags.profanity.allow,
        profanity_add=tags.profanity.add,
        repetition_times=tags.repetition.times,
        repetition_words=tags.repetition.words,
        advertisement_topic=tags.advertisement.topic,
        advertisement_cues=tags.advertisement.cues,
    )


def _check_cue(cue: str) -> str:
    try:
        pattern = cue_pattern(cue)
    except re.error as error:
        raise ValueError(f"a cue must be a regular expression ({error})") from None
    if pattern.match(""):
        raise ValueError("a cue must not match an empty text")
    return cue


Phrase = Annotated[str, Field(min_length=1)]
Cue = Annotated[Phrase, AfterValidator(_check_cue)]


class _LabelPart(FileModel):
    describe: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    cues: tuple[Cue, ...] = ()


class _ExamplePart(FileModel):
    text: Phrase
    topic: str | None = None
    tone: str | None = None


class _ProfanityPart(FileModel):
    allow: tuple[Phrase, ...] = ()
    add: tuple[Phrase, ...] = ()


class _RepetitionPart(FileModel):
    times: int = Field(ge=2)
    words: int = Field(ge=2)


class _AdvertisementPart(FileModel):
    topic: str
    cues: int = Field(ge=1)


class _TagsPart(FileModel):
    profanity: _ProfanityPart
    repetition: _RepetitionPart
    advertisement: _AdvertisementPart


class _RulesPart(FileModel):
    topic_stay: float = Field(ge=0, lt=1)
    tone_stay: float = Field(ge=0, lt=1)
    turn_stay: float = Field(ge=0, lt=1)
    topic_unsure_margin: float = Field(ge=0, le=1)
    tone_unsure_margin: float = Field(ge=0, le=1)
    topic_cue_weight: float = Field(ge=0, le=5)
    tone_cue_weight: float = Field(ge=0, le=5)


class _LabelsFile(FileModel):
    topics: Annotated[dict[Phrase, _LabelPart], Field(min_length=2)]
    tones: Annotated[dict[Phrase, _LabelPart], Field(min_length=2)]
    tags: _TagsPart
    rules: _RulesPart
    style: tuple[Cue, ...] = ()
    examples: tuple[_ExamplePart, ...] = ()

    @field_validator("tags")
    @classmethod
    def _topic_exists(cls, tags: _TagsPart, info: ValidationInfo) -> _TagsPart:
        topic = tags.advertisement.topic
        if topic not in info.data.get("topics", {topic: None}):
            raise ValueError(f"advertisement.topic {topic!r} is none of the topics")
        return tags

    @field_validator("examples")
    @classmethod
    def _labels_exist(cls, examples: tuple[_ExamplePart, ...], info: ValidationInfo) -> tuple[_ExamplePart, ...]:
        """One fault per unknown name, not one per example: who takes a label away reads one line."""
        for family, names in (("topics", [e.topic for e in examples]), ("tones", [e.tone for e in examples])):
            known = info.data.get(family, names)
            unknown = Counter(name for name in names if name is not None and name not in known)
            if unknown:
                listed = ", ".join(f"{name!r} ({count} examples)" for name, count in unknown.items())
                raise ValueError(f"none of the {family}: {listed}")
        return examples
