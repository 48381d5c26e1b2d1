"""What there is to say of one operation, beyond what its route says itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]

JSON = "application/json"


def in_json(form: type | Schema) -> dict[str, type | Schema]:
    """A body that is JSON."""
    return {JSON: form}


def in_any(media_types: Iterable[str], form: Schema) -> dict[str, type | Schema]:
    """A body that may have any of these media types."""
    return dict.fromkeys(media_types, form)


@dataclass(frozen=True)
class Parameter:
    """One of path, query or header. `schema` is a JSON schema."""

    name: str
    place: str
    description: str
    schema: Schema = field(default_factory=lambda: {"type": "string"})
    required: bool = False
    example: str | int | None = None


@dataclass(frozen=True)
class Answer:
    """An answer that is no problem. `bodies`: media type to its form, a dataclass or a JSON schema; none: no body."""

    status: int
    description: str
    bodies: Mapping[str, type | Schema] = field(default_factory=dict)
    headers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Body:
    """A form that is sent. `fields` are JSON schemas by name."""

    fields: dict[str, Schema]
    needed: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ("multipart/form-data",)


@dataclass(frozen=True)
class Operation:
    """One method of one path.

    `problems` are codes of `web.problems`, beside those that every such route may answer. `maybe_needs`: the scope of
    the key that some callers need, on a route that is open to others.
    """

    name: str
    tag: str
    summary: str
    answers: tuple[Answer, ...]
    description: str = ""
    problems: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    maybe_needs: str | None = None


Operations = dict[tuple[str, str], Operation]
"""By method and path."""

NUMBER: Schema = {"type": "integer"}
TEXT: Schema = {"type": "string"}
BYTES: Schema = {"type": "string", "format": "binary"}

AUDIO_ID = Parameter(
    "audio_id",
    "path",
    "SHA-256 of the recording's bytes, in hex",
    {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    required=True,
)
IF_NONE_MATCH = Parameter(
    "If-None-Match", "header", "An ETag: when it is still right the answer is 304, without a body"
)
DOWNLOAD = Parameter("download", "query", "`1`: to be saved rather than shown", {"type": "string", "enum": ["0", "1"]})

UNCHANGED = Answer(304, "What the client has is still right", headers=("ETag", "Cache-Control"))
WHERE = ("Location",)
VERSIONED = ("ETag", "Cache-Control")

STORE = ("store", "object_damaged")
"""What every operation may answer that reads the store."""

ONE = ("recording_missing", *STORE)
"""What every operation may answer that is about one recording."""

CHANGED = (*ONE, "store_full")
"""What every operation may answer that changes one."""
