"""The shapes of what the API answers; the schemas of /openapi.json are made from them."""

from __future__ import annotations

from dataclasses import dataclass

from soniclayer.courier.progress import Progress
from soniclayer.definitions.keys import Scope
from soniclayer.domain.recording import Options
from soniclayer.domain.state import State
from soniclayer.domain.step import Stage
from soniclayer.domain.summary import Failure, SegmentReport
from soniclayer.jobs.overview import StageProgress


@dataclass(frozen=True)
class RecordingLine:
    """A recording in the list. `uploaded_at` is UTC, ISO 8601; `failures` counts steps that were given up.

    `duration_s` is 0 until something is known of it. `scores` are the mean scores (1-5) of its latest summary, by
    persona: none before there is one, and none of a persona that had nothing to judge.
    """

    audio_id: str
    name: str
    size_bytes: int
    uploaded_at: str
    state: State
    duration_s: float
    failures: int
    scores: dict[str, float]


@dataclass(frozen=True)
class RecordingList:
    """A page of the list; `total` counts all that match. While `rebuilding` some may be missing."""

    recordings: tuple[RecordingLine, ...]
    total: int
    limit: int
    offset: int
    rebuilding: bool


@dataclass(frozen=True)
class RecordingDetail:
    """How far a recording is. `ended`: nothing more happens by itself; `links` lead to all there is of it.

    `damage` says in one line why reading ended early, null when everything could be read. `summarised`: there is a
    summary to be fetched, be it one that will be replaced. `options` is null where they cannot be read any more.
    """

    audio_id: str
    name: str
    size_bytes: int
    uploaded_at: str
    state: State
    ended: bool
    progress: Progress
    stages: dict[Stage, StageProgress]
    personas: tuple[str, ...]
    options: Options | None
    failures: tuple[Failure, ...]
    damage: str | None
    summarised: bool
    links: dict[str, str]


@dataclass(frozen=True)
class Segments:
    """All segments there are so far, in time order; `complete` when no more come.

    Of one window: those of the window, and whether that has ended.
    """

    audio_id: str
    complete: bool
    segments: tuple[SegmentReport, ...]


@dataclass(frozen=True)
class RecordingPeaks:
    """The picture of a recording, as far as it was read: the largest absolute sample of every `step_s`, as 0-100.

    `loudness_lufs` has the loudness (EBU R128) of every `loudness_step_s` seconds, null where there is silence.
    """

    step_s: float
    peaks: tuple[int, ...]
    loudness_step_s: float
    loudness_lufs: tuple[float | None, ...]
    complete: bool


@dataclass(frozen=True)
class PersonaDetail:
    """An audience: what it prefers and dislikes. `fingerprint` changes whenever its file does.

    `flow` is the one that speaks for it where there is a Langflow, `batch` how many segments a call to it carries.
    """

    name: str
    title: str
    description: str
    preferred_topics: tuple[str, ...]
    preferred_tones: tuple[str, ...]
    disliked_topics: tuple[str, ...]
    disliked_tones: tuple[str, ...]
    disliked_tags: tuple[str, ...]
    flow: str
    batch: int
    fingerprint: str


@dataclass(frozen=True)
class PersonaList:
    """All personas there are now.

    `faults` are lines on files that cannot be read: until each is corrected, its persona stays as it was.
    """

    personas: tuple[PersonaDetail, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True)
class UploadAnswer:
    """A recording that was taken in. `known`: its bytes were here before; `hint` says what became of the options."""

    audio_id: str
    status: State
    known: bool
    hint: str | None


@dataclass(frozen=True)
class SessionAnswer:
    """Who is signed in, and for how long: null for a key, which is good until it is revoked."""

    name: str
    scopes: tuple[Scope, ...]
    expires_in_s: int | None


@dataclass(frozen=True)
class Live:
    """The process answers."""

    status: str = "ok"


@dataclass(frozen=True)
class Check:
    """One thing that must be well; `detail` says in a few words how it is."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class Readiness:
    """Whether everything is there that it takes to work off an upload."""

    ready: bool
    checks: tuple[Check, ...]
