"""JSON schemas of what the API answers, from the dataclasses themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from soniclayer.web.openapi.operation import Schema

PLACE = "#/components/schemas/{model}"

PROBLEM: Schema = {
    "type": "object",
    "description": "What went wrong (RFC 9457). Programs look at `code`; it stands for the same thing for ever.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "examples": ["/problems/recording_missing"]},
        "title": {"type": "string", "description": "What the code means, always the same"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "This case: the value, and the cure"},
        "code": {"type": "string", "examples": ["recording_missing"]},
        "request_id": {"type": ["string", "null"], "description": "The log knows it under this id"},
    },
}


def schemas_of(shapes: Iterable[type]) -> dict[str, Schema]:
    """The schemas of these dataclasses and of all they hold, by name."""
    inputs: list[Any] = [(shape, "serialization", TypeAdapter(shape)) for shape in shapes]
    _, found = TypeAdapter.json_schemas(inputs, ref_template=PLACE)
    schemas = {name: _plain(schema) for name, schema in found["$defs"].items()}
    return {"Problem": PROBLEM, **dict(sorted(schemas.items()))}


def reference(shape: type) -> Schema:
    """Where the schema of a dataclass stands."""
    return {"$ref": PLACE.format(model=shape.__name__)}


def _plain(schema: Schema) -> Schema:
    """Without the titles that say what the names say.

    Every field is always there, but for one with a default: what an older release has stored may lack it.
    """
    if "properties" not in schema:
        return schema
    fields = {
        name: {key: value for key, value in field.items() if key != "title"}
        for name, field in schema["properties"].items()
    }
    return {**schema, "properties": fields, "required": [name for name in fields if "default" not in fields[name]]}
