"""Removes what crashes have left and nobody will ask for again. Safe beside everything else that runs."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soniclayer import metrics
from soniclayer.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from soniclayer.storage.recordings import Recordings

INSTANCE_GONE_S = 30 * 86_400.0
"""A worker that nobody has started for so long is counted no more. Sums fall then, as they do when a machine starts."""


@dataclass(frozen=True)
class Cleanup:
    """What was removed, or would be: uploads that were broken off, `<audio_id>/<run>` of runs, names of instances."""

    uploads: int
    runs: tuple[str, ...]
    instances: tuple[str, ...]
    faults: tuple[str, ...]


def cleanup(recordings: Recordings, metrics_dir: Path, *, only_look: bool = False) -> Cleanup:
    """Remove uploads broken off a day ago, what is left of deleted recordings, and metrics of instances long gone.

    A recording that cannot be read is a fault of its own: nothing of it is removed, and the others are looked at.

    Args:
        recordings: the store.
        metrics_dir: where the processes count.
        only_look: remove nothing.

    Raises:
        StoreError: the store does not even list what it has.
    """
    uploads = recordings.to_sweep()
    if not only_look:
        recordings.sweep()
    faults: list[str] = []
    runs = tuple(_clear_runs(recordings, faults, only_look=only_look))
    instances = metrics.gone(metrics_dir, INSTANCE_GONE_S)
    if not only_look:
        instances = [instance for instance in instances if metrics.forget(metrics_dir, instance)]
    return Cleanup(uploads, runs, tuple(instances), tuple(faults))


def _clear_runs(recordings: Recordings, faults: list[str], *, only_look: bool) -> Iterator[str]:
    for audio_id in recordings.ids():
        with _told_in(faults):
            for run in recordings.strays(audio_id):
                if not only_look:
                    recordings.clear(audio_id, run)
                yield f"{audio_id}/{run}"


@contextmanager
def _told_in(faults: list[str]) -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        faults.append(str(error))
