"""One run of one recording: every object below `<audio_id>/<run>/`, as dataclasses."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from soniclayer.domain.recording import Recording, Wanted
from soniclayer.domain.segment import Analysis, Transcript, WindowEvaluation
from soniclayer.domain.step import Step, Survey
from soniclayer.domain.summary import Failure, SegmentReports, Summary
from soniclayer.domain.window import Plan, Window
from soniclayer.errors import ObjectMissing, RecordingGone, StoreError
from soniclayer.storage import names
from soniclayer.storage.codec import decode, encode

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from soniclayer.storage.objects import ObjectStore

T = TypeVar("T")


class Run:
    """Reads and writes the objects of one run. Reading what is not there raises ObjectMissing."""

    def __init__(self, objects: ObjectStore, recording: Recording) -> None:
        self._objects = objects
        self.recording = recording

    def survey(self) -> Survey:
        """Which objects exist, as far as the next step depends on them. Two listings of one state are equal."""
        audio_id = self.recording.audio_id
        present = self._present()
        fingerprints = {persona.name: persona.fingerprint for persona in self.wanted().personas}
        plan = self.plan() if names.PLAN in present else None
        done = (names.finished_step(audio_id, name, fingerprints) for name in present)
        failed = (names.failed_step(audio_id, name) for name in present)
        windows = (names.published_window(name) for name in present)
        return Survey(
            audio_id=audio_id,
            personas=tuple(sorted(fingerprints.items())),
            windows=frozenset(number for number in windows if number is not None),
            planned=None if plan is None else plan.windows,
            damaged=plan is not None and plan.damage is not None,
            done=frozenset(step for step in done if step is not None),
            failed=frozenset(step for step in failed if step is not None),
            cancelled=names.CANCELLED in present,
            summary_inputs=self.summary().inputs if names.SUMMARY in present else None,
        )

    def check_alive(self) -> None:
        """Whether results are still wanted.

        Raises:
            RecordingGone: the recording was deleted, cancelled, or replaced by another run.
        """
        name = f"{self.recording.audio_id}/{names.MANIFEST}"
        try:
            same_run = decode(Recording, self._objects.read(name)).run == self.recording.run
        except ObjectMissing:
            same_run = False
        if not same_run or self._objects.exists(self.name_of(names.CANCELLED)):
            raise RecordingGone(f"{self.recording.name!r} was deleted, cancelled or replaced meanwhile")

    def source(self) -> AbstractContextManager[Path]:
        """The original bytes, as a local file to read."""
        return self._objects.local_file(self.name_of(names.SOURCE))

    def wanted(self) -> Wanted:
        """What is to be computed."""
        return self._read(Wanted, names.WANTED)

    def want(self, wanted: Wanted) -> None:
        """Change what is to be computed; what was computed for other personas stays, unused."""
        self._objects.replace(self.name_of(names.WANTED), encode(wanted))

    def window(self, number: int) -> Window:
        """The facts of a published window."""
        return self._read(Window, names.window(number))

    def window_audio(self, number: int) -> AbstractContextManager[Path]:
        """The window's sound, 16 kHz mono FLAC; a cache: ObjectMissing means it must be cut again."""
        return self._objects.local_file(self.name_of(names.audio(number)))

    def publish(self, window: Window, flac: bytes) -> bool:
        """Publish a window: its sound first, then its facts. False when it had been published."""
        self.check_alive()
        self.cache_audio(window.number, flac)
        return self.create(names.window(window.number), window)

    def cache_audio(self, number: int, flac: bytes) -> None:
        """Keep a window's sound."""
        self._objects.create(self.name_of(names.audio(number)), flac)

    def forget_audio(self, number: int) -> None:
        """Drop a window's sound, e.g. because it is damaged."""
        self._objects.delete(self.name_of(names.audio(number)))

    def plan(self) -> Plan:
        """The facts of `prepare`."""
        return self._read(Plan, names.PLAN)

    def transcript(self, number: int) -> Transcript:
        """What `transcribe` made of a window."""
        return self._read(Transcript, names.transcript(number))

    def analysis(self, number: int) -> Analysis:
        """What `classify` made of a window."""
        return self._read(Analysis, names.analysis(number))

    def evaluation(self, number: int, persona: str, fingerprint: str) -> WindowEvaluation:
        """What a persona says of a window."""
        return self._read(WindowEvaluation, names.evaluation(number, persona, fingerprint))

    def failures(self) -> tuple[Failure, ...]:
        """Every step that was given up, by name."""
        audio_id = self.recording.audio_id
        found = (name for name in self._present() if names.failed_step(audio_id, name) is not None)
        return tuple(self._read(Failure, name) for name in sorted(found))

    def fail(self, step: Step, failure: Failure) -> None:
        """Give a step up, for good (until `forget_failures`)."""
        self.create(names.failure(step), failure)

    def forget_failures(self) -> None:
        """Let every step that was given up be tried again."""
        for name in self._present():
            if names.failed_step(self.recording.audio_id, name) is not None:
                self._objects.delete(self.name_of(name))

    def summary(self) -> Summary:
        """The summary as it was last written."""
        return self._read(Summary, names.SUMMARY)

    def segments(self) -> SegmentReports:
        """All segments as they were last written."""
        return self._read(SegmentReports, names.SEGMENTS)

    def summarise(self, segments: SegmentReports, summary: Summary) -> None:
        """Write the results, the summary last: it says what they were made from."""
        self.check_alive()
        self._objects.replace(self.name_of(names.SEGMENTS), encode(segments))
        self._objects.replace(self.name_of(names.SUMMARY), encode(summary))

    def create(self, name: str, value: object) -> bool:
        """Write one result. False when there was one: the first writer wins.

        Raises:
            RecordingGone: nobody wants it any more.
        """
        self.check_alive()
        return self._objects.create(self.name_of(name), encode(value))

    def delete(self) -> None:
        """Remove every object of the run."""
        for name in self._objects.list(self.name_of("").rstrip("/")):
            self._objects.delete(name)

    def name_of(self, name: str) -> str:
        """The name in the store of an object of this run."""
        return f"{self.recording.audio_id}/{self.recording.run}/{name}"

    def _present(self) -> list[str]:
        prefix = f"{self.recording.audio_id}/{self.recording.run}"
        return [name.removeprefix(f"{prefix}/") for name in self._objects.list(prefix)]

    def _read(self, kind: type[T], name: str) -> T:
        try:
            return decode(kind, self._objects.read(self.name_of(name)))
        except ObjectMissing as error:
            raise ObjectMissing(f"{name} of {self.recording.name!r} is not in the store") from error
        except StoreError as error:
            raise StoreError(f"{self.name_of(name)} of {self.recording.name!r}: {error}", code=error.code) from error
