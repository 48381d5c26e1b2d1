"""What there is nothing of yet, or never will be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.domain.state import ENDED
from soniclayer.jobs.overview import overview
from soniclayer.web.problems import Problem

if TYPE_CHECKING:
    from soniclayer.storage.recordings import Recordings
    from soniclayer.storage.run import Run

AGAIN_S = 5


def not_ready(recordings: Recordings, run: Run, what: str) -> Problem:
    """The answer for a recording without this: `not_yet`, with Retry-After, while it is worked on; else `never`.

    Raises:
        RecordingMissing: it was deleted just now.
    """
    now = overview(recordings, run.recording.audio_id)
    told = {"state": now.state}
    if now.state in ENDED:
        return Problem("never", f"The recording is {now.state}: there is no {what}; retry it", extra=told)
    return Problem(
        "not_yet", f"The recording is {now.state}: there is no {what} yet", {"Retry-After": str(AGAIN_S)}, told
    )
