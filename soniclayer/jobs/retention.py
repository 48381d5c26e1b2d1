"""Which recordings are old enough, or too many, to be kept: none unless a sysadmin has said how long, or how much."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from soniclayer.domain.recording import Recording
from soniclayer.domain.state import ENDED, state_of
from soniclayer.domain.step import next_steps
from soniclayer.errors import ObjectMissing, RecordingMissing, StoreError
from soniclayer.jobs import steer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from soniclayer.courier.courier import Courier
    from soniclayer.storage.recordings import Recordings


@dataclass(frozen=True)
class Retention:
    """`max_age_days` since the upload, `max_bytes` of all recordings together; 0 = no limit."""

    max_age_days: int = 0
    max_bytes: int = 0

    def __bool__(self) -> bool:
        """Whether there is any limit."""
        return bool(self.max_age_days or self.max_bytes)


@dataclass(frozen=True)
class Expired:
    """A recording that has ended and goes, how much room it takes, and why it goes."""

    recording: Recording
    size_bytes: int
    why: str


def expired(recordings: Recordings, retention: Retention, now: datetime, faults: list[str]) -> list[Expired]:
    """Those to be deleted, the oldest upload first: what is too old, then of the rest so many that it is small enough.

    Only what has ended: nothing that is being processed, and nothing that waits for it or cannot be read, which
    somebody has to look at. What cannot be read is told in `faults`.

    Raises:
        StoreError: the store does not even list what it has.
    """
    if not retention:
        return []
    found = _oldest_first(recordings, faults)
    gone = list(_too_old(recordings, found, retention.max_age_days, now, faults)) if retention.max_age_days else []
    if retention.max_bytes:
        aged = {one.recording.audio_id for one in gone}
        kept = [recording for recording in found if recording.audio_id not in aged]
        gone += _too_many(recordings, kept, retention.max_bytes, faults)
    return gone


def remove(recordings: Recordings, courier: Courier, audio_id: str) -> bool:
    """Delete a recording for good, as a person would; False when it is gone, or is being processed again, meanwhile.

    While Redis is away the list of recordings is told later, by reconcile.

    Raises:
        StoreError: the store failed.
    """
    try:
        if not _has_ended(recordings, audio_id):
            return False
        steer.delete(recordings, courier, audio_id)
    except (RecordingMissing, ObjectMissing):
        return False
    return True


def _oldest_first(recordings: Recordings, faults: list[str]) -> list[Recording]:
    found = []
    for audio_id in recordings.ids():
        with _told_in(faults, audio_id):
            recording = recordings.get(audio_id)
            if recording is not None:
                found.append(recording)
    return sorted(found, key=lambda recording: (recording.uploaded_at, recording.audio_id))


def _too_old(
    recordings: Recordings, found: Iterable[Recording], max_age_days: int, now: datetime, faults: list[str]
) -> Iterator[Expired]:
    for recording in found:
        with _told_in(faults, recording.audio_id):
            too_old = now - _uploaded_at(recording) > timedelta(days=max_age_days)
            if too_old and _has_ended(recordings, recording.audio_id):
                size_bytes = recordings.size_bytes(recording.audio_id)
                yield Expired(recording, size_bytes, f"older than {max_age_days} days")


def _too_many(
    recordings: Recordings, found: Iterable[Recording], max_bytes: int, faults: list[str]
) -> Iterator[Expired]:
    sizes = {recording.audio_id: recordings.size_bytes(recording.audio_id) for recording in found}
    left = sum(sizes.values())
    for recording in found:
        if left <= max_bytes:
            return
        with _told_in(faults, recording.audio_id):
            if _has_ended(recordings, recording.audio_id):
                size_bytes = sizes[recording.audio_id]
                yield Expired(recording, size_bytes, f"all take {left} bytes, {max_bytes} are allowed")
                left -= size_bytes


def _has_ended(recordings: Recordings, audio_id: str) -> bool:
    recording = recordings.get(audio_id)
    if recording is None:
        return False
    survey = recordings.run(recording).survey()
    return state_of(survey) in ENDED and not survey.unreadable and not next_steps(survey)


def _uploaded_at(recording: Recording) -> datetime:
    """Raises StoreError where the manifest has no time that can be read."""
    try:
        moment = datetime.fromisoformat(recording.uploaded_at)
    except ValueError:
        raise StoreError(f"uploaded_at is {recording.uploaded_at!r}", code="object_damaged") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


@contextmanager
def _told_in(faults: list[str], audio_id: str) -> Iterator[None]:
    try:
        yield
    except ObjectMissing:
        pass  # it has just been deleted
    except StoreError as error:
        faults.append(f"{audio_id}: {error}")
