"""`config/personas/*.yaml` -> Persona."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from soniclayer.config_files import FileModel, load_yaml
from soniclayer.domain.labels import TAG_NAMES
from soniclayer.domain.persona import Lines, Persona, TagLines, Voice, places_in
from soniclayer.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from soniclayer.domain.labels import Labels

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""A persona's name goes into object names, URLs and CSV columns."""

FLOW_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
"""What Langflow takes as the endpoint name of a flow (`services/database/models/flow/model.py`); ids are such, too."""

MOST_BATCH = 32
"""So many segments in one call are 64,000 characters, some 16,000 tokens, where every one is as long as it may be."""


def load_personas(folder: Path, labels: Labels) -> tuple[Persona, ...]:
    """Read every persona of the folder; sorted by name.

    Args:
        folder: of the persona files.
        labels: the topics and tones that personas may name.

    Raises:
        ConfigError: all faults of all files, with their lines; or there is no persona at all.
    """
    personas: list[Persona] = []
    faults: list[str] = []
    for path in persona_paths(folder):
        try:
            personas.append(load_persona(path, labels))
        except ConfigError as error:  # noqa: PERF203 - a few files, and we want the faults of all
            faults += error.faults
    if not personas and not faults:
        faults.append(f"{folder}: no persona here: need at least one NAME.yaml")
    if faults:
        raise ConfigError(*faults)
    return tuple(personas)


def persona_paths(folder: Path) -> list[Path]:
    """Every `*.yaml` of the folder, sorted, but for hidden ones, which an editor leaves there while it is open."""
    return sorted(path for path in folder.glob("*.yaml") if not path.name.startswith("."))


def load_persona(path: Path, labels: Labels) -> Persona:
    """Read one file.

    Raises:
        ConfigError: all its faults, with their lines.
    """
    faults = []
    if not NAME.fullmatch(path.stem):
        faults.append(f"{path}:1: file: must be named with a-z, 0-9 and _, at most 40, not {path.stem!r}")
    try:
        file = load_yaml(path, _PersonaFile, {"topics": labels.topics, "tones": labels.tones, "tags": TAG_NAMES})
    except ConfigError as error:
        raise ConfigError(*faults, *error.faults) from None
    if faults:
        raise ConfigError(*faults)
    return Persona(
        name=path.stem,
        title=file.title,
        description=file.description,
        preferred_topics=file.prefers.topics,
        preferred_tones=file.prefers.tones,
        disliked_topics=file.dislikes.topics,
        disliked_tones=file.dislikes.tones,
        disliked_tags=file.dislikes.tags,
        voice=_voice(file.voice),
        flow=file.langflow.flow,
        batch=file.langflow.batch,
    )


def _voice(voice: _VoicePart) -> Voice:
    return Voice(
        opinions=Lines(**voice.opinions.model_dump()),
        notes=Lines(**voice.notes.model_dump()),
        rationales=voice.rationales,
        tags={name: TagLines(**lines.model_dump()) for name, lines in voice.tags.items()},
    )


def _one_of(kind: str) -> AfterValidator:
    """A name that stands in labels.yaml; `kind` is `topics`, `tones` or `tags`."""

    def check(name: str, info: ValidationInfo) -> str:
        known = (info.context or {})[kind]
        if name not in known:
            raise ValueError(f"unknown: the {kind} are {', '.join(known)}")
        return name

    return AfterValidator(check)


def _naming(*places: str) -> AfterValidator:
    """A line that has at least one of the places in braces, and no other braces."""

    def check(line: str) -> str:
        wanted = " or ".join(f"{{{place}}}" for place in places)
        try:
            found = places_in(line)
        except ValueError as error:
            raise ValueError(f"has a lonely brace ({error})") from None
        if not found or found - set(places):
            raise ValueError(f"a line must name what it is about: {wanted}, and nothing else in braces")
        return line

    return AfterValidator(check)


def _flow_name(name: str) -> str:
    if not FLOW_NAME.fullmatch(name):
        raise ValueError("need the flow's endpoint name in Langflow: letters, digits, _ and -, at most 100")
    return name


def _for_each_cause(lines: tuple[str, ...]) -> tuple[str, ...]:
    for cause in ("topic", "tone"):
        if not any(places_in(line) == {cause} for line in lines):
            raise ValueError(f"needs a line with {{{cause}}} alone, for when nothing else is the cause")
    return lines


def _no_twins(names: tuple[str, ...]) -> tuple[str, ...]:
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise ValueError(f"{', '.join(twins)} stands there twice")
    return names


Text = Annotated[str, Field(min_length=1)]
Topics = Annotated[tuple[Annotated[str, _one_of("topics")], ...], AfterValidator(_no_twins)]
Tones = Annotated[tuple[Annotated[str, _one_of("tones")], ...], AfterValidator(_no_twins)]
Tag = Annotated[str, _one_of("tags")]
LabelLines = Annotated[tuple[Annotated[str, _naming("topic", "tone")], ...], Field(min_length=1)]
CauseLines = Annotated[LabelLines, AfterValidator(_for_each_cause)]
EvidenceLines = Annotated[tuple[Annotated[str, _naming("evidence")], ...], Field(min_length=1)]
FactLines = Annotated[tuple[Annotated[str, _naming("facts")], ...], Field(min_length=1)]


class _PreferredPart(FileModel):
    topics: Topics = ()
    tones: Tones = ()


class _DislikedPart(_PreferredPart):
    tags: Annotated[tuple[Tag, ...], AfterValidator(_no_twins)] = ()


class _LinesPart(FileModel):
    liked: CauseLines
    neutral: LabelLines
    disliked: CauseLines


class _TagLinesPart(FileModel):
    opinions: EvidenceLines
    notes: EvidenceLines


class _VoicePart(FileModel):
    opinions: _LinesPart
    notes: _LinesPart
    rationales: FactLines
    tags: dict[Tag, _TagLinesPart] = Field(default_factory=dict)


class _LangflowPart(FileModel):
    flow: Annotated[str, AfterValidator(_flow_name)] = Persona.flow
    batch: Annotated[int, Field(ge=1, le=MOST_BATCH, strict=True)] = Persona.batch


class _PersonaFile(FileModel):
    title: Text
    description: Text
    prefers: _PreferredPart
    dislikes: _DislikedPart
    voice: _VoicePart
    langflow: _LangflowPart = Field(default_factory=_LangflowPart)

    @field_validator("dislikes")
    @classmethod
    def _not_preferred_too(cls, dislikes: _DislikedPart, info: ValidationInfo) -> _DislikedPart:
        prefers = info.data.get("prefers", _PreferredPart())
        both = {*dislikes.topics, *dislikes.tones} & {*prefers.topics, *prefers.tones}
        if both:
            raise ValueError(f"{', '.join(sorted(both))} is preferred too")
        return dislikes

    @field_validator("voice")
    @classmethod
    def _speaks_of_every_disliked_tag(cls, voice: _VoicePart, info: ValidationInfo) -> _VoicePart:
        disliked = info.data["dislikes"].tags if "dislikes" in info.data else tuple(voice.tags)
        silent = [tag for tag in disliked if tag not in voice.tags]
        if silent:
            raise ValueError(f"tags: needs lines for every disliked tag: {', '.join(silent)}")
        return voice
