"""A call of an operation as one types it."""

from __future__ import annotations

from typing import Any

_AUDIO_ID = "$ID"
_FORM = "srt"


def sample_call(method: str, path: str, operation: dict[str, Any], address: str) -> str:
    """With curl; `$KEY` is the caller's, `$ID` an audio_id."""
    parts = ["curl"]
    if {} not in operation["security"]:
        parts.append('-H "X-API-Key: $KEY"')
    parts += _method(method, path, operation)
    address = f"{address}{path}".replace("{audio_id}", _AUDIO_ID).replace("{form}", _FORM)
    return " ".join([*parts, f'"{address}"' if "$" in address else address])


def _method(method: str, path: str, operation: dict[str, Any]) -> list[str]:
    if "file" in _fields(operation):
        return ["-F file=@broadcast.flac"]
    if path.startswith("/events"):
        return ["-N"]
    return {"get": [], "head": ["-I"]}.get(method, [f"-X {method.upper()}"])


def _fields(operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    fields: dict[str, Any] = next(iter(content.values()))["schema"]["properties"] if content else {}
    return fields
