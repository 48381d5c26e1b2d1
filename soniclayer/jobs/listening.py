"""The listening copy of a recording that browsers would not play and seek exactly: written where it can be."""

from __future__ import annotations

import logging
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

from soniclayer import log
from soniclayer.errors import EngineDied, EngineError, EngineReplaced, EngineStopped, InputError

if TYPE_CHECKING:
    from soniclayer.domain.window import Plan
    from soniclayer.jobs.engine import Engine
    from soniclayer.storage.run import Run

_LOG = logging.getLogger(__name__)

TRIES = 3
"""The engine may die of something else: of another step between two stretches, or for lack of memory."""


def make_listening_copy(run: Run, engine: Engine, plan: Plan) -> None:
    """Write the copy, if one is needed and there is none. Where that cannot be done, people hear the source as it is.

    Half of a copy is never seen: it becomes an object when it is whole, and is begun again after a crash.

    Raises:
        EngineStopped: asked to end; it is begun again with the step.
        RecordingGone: nobody wants it any more.
        StoreError: the store failed; StoreFull when it is full.
    """
    if plan.unsuited is None or run.has_listening():
        return
    keys: dict[str, Any] = {"recording": run.recording.audio_id, "codec": plan.codec, "cause": plan.unsuited}
    started_s = time.monotonic()
    try:
        size_bytes = _in_tries(run, engine)
    except EngineStopped:
        raise
    except (EngineError, InputError) as error:
        log.event(_LOG, "no listening copy", logging.WARNING, error=error, **keys, code=error.code)
        return
    duration_s = round(time.monotonic() - started_s, 3)
    log.event(_LOG, "listening copy written", **keys, size_bytes=size_bytes, duration_s=duration_s)


def _in_tries(run: Run, engine: Engine) -> int:
    for _ in range(TRIES - 1):
        try:
            return _write(run, engine)
        except (EngineDied, EngineReplaced):  # noqa: PERF203 - a try each
            continue
    return _write(run, engine)


def _write(run: Run, engine: Engine) -> int:
    """How many bytes it takes."""
    with run.source() as source, run.receive() as incoming:
        target = incoming.local_file()
        with closing(engine.listen(source, target)) as stretches:
            for _ in stretches:
                run.check_alive()
        size_bytes = target.stat().st_size
        run.publish_listening(incoming)
    return size_bytes
