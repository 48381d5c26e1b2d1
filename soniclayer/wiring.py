"""Builds stores and engine children from Settings: the place that knows which class stands behind which Protocol."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from soniclayer.courier.broker import StepBroker
from soniclayer.courier.connection import connect
from soniclayer.courier.courier import Courier
from soniclayer.domain.recording import Options, Wanted
from soniclayer.engines.child import EngineChild
from soniclayer.engines.messages import EngineConfig, Places
from soniclayer.models import model_dir
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import redis

    from soniclayer.courier.breakers import Breakers
    from soniclayer.domain.labels import Labels
    from soniclayer.domain.persona import Persona
    from soniclayer.engines.langflow.judge import LangflowJudge
    from soniclayer.settings import Settings

FEWEST_CHILDREN = 2
"""One prepares while the other transcribes, also on a single core."""


def open_recordings(settings: Settings) -> Recordings:
    """The recordings below `uploads_dir`; what dead processes left half-written is removed."""
    recordings = Recordings(LocalStore(settings.uploads_dir))
    recordings.sweep()
    return recordings


def open_courier(settings: Settings, make_broker: Callable[[redis.Redis], StepBroker] = StepBroker) -> Courier:
    """Redis, as these settings name it; it connects when first used."""
    password = settings.redis_password.get_secret_value() if settings.redis_password else None
    client = connect(settings.redis_url, password)
    return Courier(client, make_broker(connect(settings.redis_url, password, text=False)))


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
    config = replace(engine_config(settings, labels), places=_places(settings))
    return [EngineChild(config, settings.engine_max_memory_bytes) for _ in range(count)]


def worker_engine(settings: Settings, labels: Labels, waiting: Callable[[], None]) -> EngineChild:
    """The engine child of a worker, not started yet; `waiting`: see EngineChild."""
    config = replace(engine_config(settings, labels), places=_places(settings))
    return EngineChild(config, settings.engine_max_memory_bytes, waiting=waiting)


def text_engine(settings: Settings, labels: Labels) -> EngineChild:
    """An engine child for text alone, not started yet: it reads no media and needs no store, so it is not confined."""
    return EngineChild(engine_config(settings, labels), settings.engine_max_memory_bytes)


def make_judge(settings: Settings, breakers: Breakers | None, threads: int = 1) -> LangflowJudge | None:
    """Who speaks for personas; None when there is no Langflow, and the rules do.

    Without `breakers` it has some of its own: there is no Redis. So many `threads` ask it. Call its `stop` at the end.
    """
    if not settings.langflow_base_url:
        return None
    from soniclayer.engines.langflow.judge import LangflowJudge  # noqa: PLC0415 - requests, 60 ms for nobody else
    from soniclayer.engines.langflow.own_breakers import OwnBreakers  # noqa: PLC0415 - as above

    return LangflowJudge(
        settings.langflow_base_url,
        settings.langflow_api_key.get_secret_value() if settings.langflow_api_key else None,
        breakers=breakers or OwnBreakers(),
        calls=settings.langflow_concurrency,
        timeout_s=settings.langflow_timeout_s,
        threads=threads,
    )


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


def _places(settings: Settings) -> Places:
    """A child reads all recordings and writes none: what it finds goes to its parent, but for a listening copy."""
    incoming = LocalStore(settings.uploads_dir).incoming_folder()
    return Places(reads=(str(settings.uploads_dir),), writes=(str(incoming),))
