"""A recording, and what is wanted of it."""

from __future__ import annotations

from dataclasses import dataclass

from soniclayer.domain.persona import Persona


@dataclass(frozen=True)
class Recording:
    """The manifest: its presence in the store means accepted.

    `audio_id` is the SHA-256 (hex) of the bytes; `run` a random name under which everything else of it lies, so that
    nothing of a deleted recording can come back. `uploaded_at` is UTC, ISO 8601. `name` is what the user called it,
    `uploaded_by` the name of the API key it came with.
    """

    audio_id: str
    run: str
    name: str
    size_bytes: int
    uploaded_at: str
    uploaded_by: str | None = None


@dataclass(frozen=True)
class Options:
    """What the transcript and the labels depend on. `labels` is the fingerprint of the label set."""

    language: str | None
    speech_model: str
    label_model: str
    labels: str


@dataclass(frozen=True)
class Wanted:
    """What is to be computed, frozen when the recording is accepted."""

    personas: tuple[Persona, ...]
    options: Options
