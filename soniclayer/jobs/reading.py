"""What readers get of a recording, finished or not."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from soniclayer.domain.step import window_steps
from soniclayer.domain.summary import SegmentReport
from soniclayer.errors import ObjectMissing, RecordingGone, RecordingMissing
from soniclayer.jobs.results import results_of_window
from soniclayer.pipeline.summarise import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soniclayer.domain.step import Survey
    from soniclayer.storage.recordings import Recordings
    from soniclayer.storage.run import Run


@dataclass(frozen=True)
class SegmentsSoFar:
    """All segments there are, of a recording or of one of its windows, in time order.

    `version` changes when they do: an ETag. `complete` says that no more come.
    """

    segments: tuple[SegmentReport, ...]
    version: str
    complete: bool


def run_of(recordings: Recordings, audio_id: str) -> Run:
    """The run of a recording.

    Raises:
        RecordingMissing: there is none of that id.
    """
    recording = recordings.get(audio_id)
    if recording is None:
        raise RecordingMissing(f"no recording {audio_id}")
    return recordings.run(recording)


@contextmanager
def found_run(recordings: Recordings, audio_id: str) -> Iterator[Run]:
    """The run of a recording to do something with; one that is deleted meanwhile is missing, too.

    Raises:
        RecordingMissing: there is none of that id.
    """
    run = run_of(recordings, audio_id)
    try:
        yield run
    except (ObjectMissing, RecordingGone):
        if run.is_current():
            raise
        raise RecordingMissing(f"no recording {audio_id}: it has just been deleted") from None


def segments_version(run: Run) -> str:
    """The version of what `segments_so_far` would give, without reading it; a few looks for a finished recording."""
    settled = run.settled_summary()
    return _settled_version(run, settled) if settled is not None else _version(run, run.survey())


def segments_so_far(run: Run) -> SegmentsSoFar:
    """Segments of every window that has been transcribed; of a finished recording from `segments.json` alone."""
    settled = run.settled_summary()
    if settled is not None:
        return SegmentsSoFar(run.segments().segments, _settled_version(run, settled), complete=True)
    survey = run.survey()
    joined = (join(results_of_window(run, survey, number)) for number in sorted(survey.windows))
    return SegmentsSoFar(tuple(chain.from_iterable(joined)), _version(run, survey), _complete(survey))


def window_version(run: Run, survey: Survey, number: int) -> str:
    """The version of what `window_so_far` would give, without reading it; `survey` is that of this window."""
    done = sorted(step.name for step in survey.done)
    provisional = sorted((step.name, tries) for step, tries in survey.provisional.items())
    ended = _has_ended(survey, number)
    return _hash(run, f"window {number} {done} {survey.personas} {provisional} {ended}".encode())


def window_so_far(run: Run, survey: Survey, number: int) -> SegmentsSoFar:
    """The segments of one window, none of one that is not there (yet); `survey` is that of this window.

    It reads nothing of other windows: milliseconds, however long the recording.
    """
    joined = join(results_of_window(run, survey, number)) if number in survey.windows else ()
    return SegmentsSoFar(tuple(joined), window_version(run, survey, number), _has_ended(survey, number))


def _has_ended(survey: Survey, number: int) -> bool:
    return number in survey.windows and not window_steps(survey, number)


def _complete(survey: Survey) -> bool:
    return survey.covered and not survey.cancelled


def _version(run: Run, survey: Survey) -> str:
    provisional = sorted((step.name, tries) for step, tries in survey.provisional.items())
    return _hash(run, f"{survey.inputs} {_complete(survey)} {provisional}".encode())


def _settled_version(run: Run, summary: bytes) -> str:
    return _hash(run, summary)


def _hash(run: Run, facts: bytes) -> str:
    return hashlib.sha256(run.recording.run.encode() + b"\n" + facts).hexdigest()[:32]
