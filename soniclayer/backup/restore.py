"""Brings a snapshot back onto this machine: first beside the store, where it is compared, then into its place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from soniclayer.backup.brought import bring, brought_before, remove_brought
from soniclayer.backup.faults import explained
from soniclayer.backup.snapshots import pick
from soniclayer.backup.way import Way
from soniclayer.errors import BackupError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from soniclayer.backup.places import Places
    from soniclayer.backup.restic import Restic
    from soniclayer.backup.told import Told


class Suite(Protocol):
    """What works on the store."""

    def stop(self) -> None:
        """Stop it; when this returns nobody writes any more."""

    def resume(self) -> None:
        """Start again what `stop` has stopped, as it was; nothing where it has stopped nothing."""

    def start(self) -> None:
        """Start it with the configuration that is there now, and have it look at every recording."""


@dataclass(frozen=True)
class Restored:
    """What came back: a snapshot, its recordings, those that are not done yet, the bytes of all.

    `aside`: where lies what was there before. `differences`: a line for each thing that is not as it was. `fault`: why
    the suite did not start afterwards.
    """

    snapshot: str
    recordings: int
    unfinished: int
    size_bytes: int
    aside: tuple[str, ...]
    differences: tuple[str, ...]
    fault: str | None


def restore(  # noqa: PLR0913 - each is another part of it
    places: Places,
    restic: Restic,
    suite: Suite,
    told: Told,
    *,
    snapshot: str | None,
    force: bool,
    again: Callable[[str], str],
) -> Restored:
    """Bring a snapshot back. Nobody else may be at it: see `places.alone`.

    Broken off before anything was changed, by an error or by Ctrl-C, it starts again what it has stopped; later it
    leaves the suite stopped, and goes on when it is called again, with what was brought: without the repository, and
    without `force`. Which of both it is, is told.

    Args:
        places: where it goes.
        restic: the repository.
        suite: stopped while the store changes.
        told: hears how far it is.
        snapshot: which; None: the one that was broken off, or the latest.
        force: also where there are recordings; they are moved aside.
        again: the command to type for the same restore of a snapshot.

    Raises:
        BackupError: `recordings`: there are some, and nothing was changed; or it cannot be brought back: the message
            says what was changed, and the command that goes on.
    """
    way = Way.broken_off(places, snapshot) or Way(places, pick(restic, snapshot).id)
    way.refuse_recordings(force=force)
    with explained(told, partial(_leave, places, way, suite, again)):
        places.uploads.mkdir(parents=True, exist_ok=True)
        if way.under_way():  # an earlier try has left it stopped; somebody may have started it since
            suite.stop()
        brought = way.under_way() and brought_before(places, way.snapshot)
        brought = brought or bring(places, restic, told, way.snapshot)
        told.begin("stopping the suite")
        suite.stop()
        way.refuse_recordings(force=force)  # some may have been uploaded while the snapshot came
        told.begin("putting it in place")
        way.put_in_place(brought)
        told.begin("starting the suite")
        fault = _start(suite)
    aside = way.end()
    counts = (brought.recordings, brought.unfinished, brought.size_bytes)
    return Restored(way.snapshot[:8], *counts, aside, brought.differences, fault)


def _start(suite: Suite) -> str | None:
    """What came back is in its place, whether it starts or not."""
    try:
        suite.start()
    except BackupError as error:
        return str(error)
    return None


def _leave(places: Places, way: Way, suite: Suite, again: Callable[[str], str]) -> Sequence[str]:
    """Leave a machine on which something was changed as it is, any other one as it was; what to tell people."""
    command = again(way.snapshot[:8])
    if way.under_way():
        return (
            f"the restore of snapshot {way.snapshot[:8]} is broken off half-way, and the services are stopped",
            *way.stands(),
            f"leave them stopped; when the cause is gone, go on with: {command}",
        )
    remove_brought(places)
    kept = "recordings and configuration are as they were"
    try:
        suite.resume()
    except BackupError as error:
        kept += f", but what was stopped did not start again: {error}\nstart it: sudo systemctl start soniclayer.target"
    else:
        kept += ", and so are the services"
    return (
        f"the restore is broken off before anything was changed: {kept}",
        f"to try again, when the cause is gone: {command}",
    )
