"""A JSON schema in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soniclayer.web.openapi.operation import Schema

_RANGES = (("minimum", "from"), ("maximum", "to"), ("maxLength", "at most"), ("default", "default"))


def type_words(schema: Schema) -> Iterator[tuple[str, str | None]]:
    """Parts: words, and the name of the schema they stand for, if they stand for one."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield name, name
    elif "anyOf" in schema:
        for n, option in enumerate(schema["anyOf"]):
            yield (" or " if n else ""), None
            yield from type_words(option)
    elif "enum" in schema:
        yield " | ".join(map(str, schema["enum"])), None
    elif schema.get("type") == "array":
        yield "list of ", None
        yield from type_words(schema.get("items") or schema["prefixItems"][0])
    elif "additionalProperties" in schema:
        yield "name to ", None
        yield from type_words(schema["additionalProperties"])
    else:
        yield _plain(schema), None


def _plain(schema: Schema) -> str:
    kind = schema.get("type", "anything")
    name = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if schema.get("format") == "binary":
        name = "bytes"
    facts = [f"{words} {schema[key]}" for key, words in _RANGES if key in schema]
    return f"{name}, {' '.join(facts)}" if facts else name
