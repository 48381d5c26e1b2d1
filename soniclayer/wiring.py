"""Builds stores and engine children from Settings: the place that knows which class stands behind which Protocol."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from soniclayer.domain.recording import Options, Wanted
from soniclayer.engines.child import EngineChild
from soniclayer.engines.messages import EngineConfig
from soniclayer.models import model_dir
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soniclayer.domain.labels import Labels
    from soniclayer.domain.persona import Persona
    from soniclayer.settings import Settings

FEWEST_CHILDREN = 2
"""One prepares while the other transcribes, also on a single core."""


def open_recordings(settings: Settings) -> Recordings:
    """The recordings below `uploads_dir`; what dead processes left half-written is removed."""
    store = LocalStore(settings.uploads_dir)
    store.sweep()
    recordings = Recordings(store)
    recordings.sweep()
    return recordings


def wanted_of(settings: Settings, labels: Labels, personas: Sequence[Persona]) -> Wanted:
    """What is to be computed with these settings."""
    options = Options(
        language=settings.whisper_language,
        speech_model=settings.whisper_model,
        label_model=f"{settings.label_backend}:{settings.label_model}",
        labels=labels.fingerprint,
    )
    return Wanted(tuple(personas), options)


def engine_children(settings: Settings, labels: Labels) -> list[EngineChild]:
    """The engine children of `soniclayer analyze`; none is started yet.

    Raises:
        ModelError: a model they will need is not there.
    """
    for model in (settings.whisper_model, settings.label_model):
        model_dir(settings.models_dir, model)
    count = settings.engine_children or max(FEWEST_CHILDREN, len(os.sched_getaffinity(0)))
    config = engine_config(settings, labels)
    return [EngineChild(config, settings.engine_max_memory_bytes) for _ in range(count)]


def engine_config(settings: Settings, labels: Labels) -> EngineConfig:
    """What an engine child loads."""
    return EngineConfig(
        models_dir=str(settings.models_dir),
        speech_model=settings.whisper_model,
        device=settings.whisper_device,
        compute_type=settings.whisper_compute_type,
        threads=settings.engine_threads,
        label_backend=settings.label_backend,
        label_model=settings.label_model,
        labels=labels,
        max_duration_s=settings.max_duration_s,
        cache_dir=str(settings.cache_dir) if settings.cache_dir else None,
    )
