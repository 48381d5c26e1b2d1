"""What experiments upload, and what they wait for and claim of it beside the common criterion."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

from service import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import requests
    from criterion import Accepted
    from installed_suite import InstalledSuite

CLIP_S = 3
CLIPS = 70
CLIPS_BEGIN_S = 0.11
"""So much later in what is said than the one before begins each clip: their bytes differ."""

BEGUN_S = 60.0


def make_clips(speech_file: Callable[..., Path]) -> Iterator[Path]:
    """Short recordings of real speech, each of other bytes until there have been CLIPS."""
    return (speech_file(f"clip {n}.wav", CLIP_S, offset_s=n % CLIPS * CLIPS_BEGIN_S) for n in itertools.count())


def begun(suite: InstalledSuite, accepted: Accepted, path: Path) -> str:
    """The id of a recording that has its first result; more are to come."""
    audio_id = accepted.upload(path)
    wait_until(lambda: suite.recording(audio_id)["progress"]["done_s"] > 0, BEGUN_S, suite.told)
    return audio_id


def offered_for(
    seconds: float, accepted: Accepted, clips: Iterator[Path], pause_s: float
) -> list[requests.Response | None]:
    """Upload one clip after the other; the answers that were not 202."""
    end_s, answers = time.monotonic() + seconds, []
    while (left_s := end_s - time.monotonic()) > 0:
        answers.append(accepted.offer(next(clips)))
        time.sleep(min(pause_s, left_s))  # clients that come one after the other
    return [answer for answer in answers if answer is None or answer.status_code != 202]


def assert_completed(suite: InstalledSuite, accepted: Accepted) -> None:
    """Nothing was given up: what was in the way was no recording's fault."""
    assert {suite.state(audio_id) for audio_id in accepted.ids} == {"completed"}


def since(moment_s: float) -> float:
    """In seconds."""
    return round(time.monotonic() - moment_s, 1)
