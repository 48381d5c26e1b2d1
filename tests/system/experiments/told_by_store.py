"""What a store says of its recordings, and what is wrong in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from soniclayer.domain.state import ENDED, state_of
from soniclayer.domain.step import next_steps
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from soniclayer.domain.recording import Recording
    from soniclayer.storage.run import Run


@dataclass(frozen=True)
class Kept:
    """A recording as the store has it; `segments` is None where there are no joined results."""

    name: str
    size_bytes: int
    state: str
    failures: list[str]
    segments: int | None


@dataclass(frozen=True)
class StoreTold:
    """All recordings by their ids; a line for each fault."""

    recordings: dict[str, Kept] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def told_by_store(folder: Path) -> StoreTold:
    """Read all of it.

    Raises:
        StoreError: it cannot be read, as its machine is down.
    """
    recordings, told = Recordings(LocalStore(folder)), StoreTold()
    for audio_id in recordings.ids():
        recording = recordings.get(audio_id)
        if recording is not None:
            told.recordings[audio_id] = _kept(recordings.run(recording))
            told.faults.extend(f"{audio_id}: {fault}" for fault in _faults(recordings, recording))
    return told


def _kept(run: Run) -> Kept:
    survey, recording = run.survey(), run.recording
    return Kept(
        name=recording.name,
        size_bytes=recording.size_bytes,
        state=state_of(survey),
        failures=sorted(failure.step for failure in run.failures(survey)),
        segments=len(run.segments().segments) if survey.summary_inputs is not None else None,
    )


def _faults(recordings: Recordings, recording: Recording) -> Iterator[str]:
    run = recordings.run(recording)
    survey = run.survey()
    state = state_of(survey)
    if state not in ENDED:
        yield f"is {state}: {sorted(step.name for step in next_steps(survey))[:5]}"
    elif state != "cancelled" and next_steps(survey):
        yield f"is {state}, and has steps: {sorted(step.name for step in next_steps(survey))[:5]}"
    elif recordings.is_open(recording) and not survey.improving:
        yield "has ended, and is on the open list"
    elif state == "failed" and not run.failures(survey):
        yield "has failed, and nothing says why"
    if strays := recordings.strays(recording.audio_id):
        yield f"runs beside its own: {strays}"
    with run.source() as path:
        if _sha256(path, path.stat().st_mtime_ns) != recording.audio_id:
            yield "its source is not what was uploaded"


@cache
def _sha256(path: Path, changed_ns: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()
