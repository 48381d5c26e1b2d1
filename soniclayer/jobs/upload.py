"""Takes in what was uploaded: durable first, then queued."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soniclayer.domain.recording import Recording
from soniclayer.domain.state import ENDED, State, state_of
from soniclayer.errors import RecordingMissing, StoreError
from soniclayer.jobs.advance import advance
from soniclayer.jobs.later import left_to_reconcile
from soniclayer.jobs.reading import found_run
from soniclayer.jobs.steer import try_again

if TYPE_CHECKING:
    from soniclayer.courier.courier import Courier
    from soniclayer.domain.recording import Wanted
    from soniclayer.storage.objects import Incoming
    from soniclayer.storage.recordings import Recordings
    from soniclayer.storage.run import Run

TRIES = 10
"""A known recording that is deleted just then is accepted anew; nobody deletes it so often by chance."""


@dataclass(frozen=True)
class Uploaded:
    """What became of an upload. `new`: accepted now. `retried`: known, and what was cancelled or failed goes on."""

    recording: Recording
    state: State
    new: bool
    retried: bool


def take_upload(  # noqa: PLR0913 - what an upload is made of
    recordings: Recordings,
    courier: Courier,
    incoming: Incoming,
    name: str,
    wanted: Wanted,
    *,
    key_name: str | None = None,
    request_id: str | None = None,
) -> Uploaded:
    """Make a recording of what has arrived completely, and queue it.

    The same bytes again are the same recording: `wanted` is ignored then, and one that was cancelled or has failed
    is tried again. When it returns the recording cannot be lost any more. Redis away is no reason to refuse: the
    recording waits for the next reconcile.

    Raises:
        StoreError: the store failed; StoreFull when it is full. Nothing was accepted.
    """
    for _ in range(TRIES):
        accepted = recordings.accept(incoming, name, wanted, uploaded_by=key_name)
        run = recordings.run(accepted.recording)
        if accepted.new:
            with left_to_reconcile(run.recording.audio_id):
                advance(recordings, courier, run, request_id=request_id)
            return Uploaded(run.recording, "accepted", new=True, retried=False)
        with suppress(RecordingMissing), found_run(recordings, incoming.sha256) as known:
            return _known(recordings, courier, known)
    raise StoreError(f"{name!r} is deleted again and again while it is uploaded")


def _known(recordings: Recordings, courier: Courier, run: Run) -> Uploaded:
    """One that was there: it goes on where it did not."""
    state = state_of(run.survey())
    if state in {"cancelled", "failed"}:
        try_again(recordings, courier, run)
        return Uploaded(run.recording, state_of(run.survey()), new=False, retried=True)
    if state not in ENDED and not recordings.is_open(run.recording):
        recordings.mark_open(run.recording)
    return Uploaded(run.recording, state, new=False, retried=False)
