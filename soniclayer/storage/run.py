"""One run of one recording: every object below `<audio_id>/<run>/`, as dataclasses."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from soniclayer.domain.recording import Recording, Wanted
from soniclayer.domain.segment import Analysis, Transcript, WindowEvaluation
from soniclayer.domain.step import Step
from soniclayer.domain.summary import Failure, SegmentReports, Summary
from soniclayer.domain.window import Peaks, Plan, Span, Window
from soniclayer.errors import ObjectMissing, RecordingGone, SourceMissing, StoreError
from soniclayer.storage import names
from soniclayer.storage.codec import decode, encode
from soniclayer.storage.open_list import OpenList
from soniclayer.storage.survey import survey_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from soniclayer.domain.step import Survey, Tries
    from soniclayer.storage.objects import Incoming, ObjectStore

T = TypeVar("T")

_OF_NO_WINDOW = (names.PLAN, names.CANCELLED)


class Run:
    """Reads and writes the objects of one run. Reading what is not there raises ObjectMissing."""

    def __init__(self, objects: ObjectStore, recording: Recording) -> None:
        self._objects = objects
        self.recording = recording

    def survey(self) -> Survey:
        """Which objects exist, as far as the next step depends on them. Two listings of one state are equal."""
        return survey_of(self, self._present())

    def window_survey(self, numbers: Iterable[int]) -> Survey:
        """A survey that knows no other windows than these, for what concerns them alone.

        It lists their folders and the failures, so it takes the same time however long the recording is.
        """
        folders = ("failures", *(names.window_folder(number) for number in set(numbers) if number >= 0))
        present = [name for folder in folders for name in self._present(folder)]
        present += [name for name in _OF_NO_WINDOW if self._objects.exists(self.name_of(name))]
        return survey_of(self, present)

    def lasting_objects(self) -> int:
        """How many objects there are that stay as long as the run does."""
        return sum(names.stays(name) for name in self._present())

    def check_alive(self) -> None:
        """Whether results are still wanted.

        Raises:
            RecordingGone: the recording was deleted, cancelled, or replaced by another run.
        """
        if not self.is_current() or self._objects.exists(self.name_of(names.CANCELLED)):
            raise self._gone()

    def is_current(self) -> bool:
        """Whether the recording is there, and this is its run."""
        try:
            manifest = self._objects.read(f"{self.recording.audio_id}/{names.MANIFEST}")
        except ObjectMissing:
            return False
        return decode(Recording, manifest).run == self.recording.run

    def cancel(self) -> None:
        """Let nothing more be computed, until `uncancel`.

        Raises:
            RecordingGone: the recording was deleted or replaced.
        """
        self._put(lambda: self._objects.create(self.name_of(names.CANCELLED), b"{}\n"), names.CANCELLED)

    def uncancel(self) -> None:
        """Let everything be computed again."""
        self._objects.delete(self.name_of(names.CANCELLED))

    @contextmanager
    def source(self) -> Iterator[Path]:
        """The original bytes, as a local file to read.

        Raises:
            SourceMissing: they are not there.
        """
        with ExitStack() as opened:
            try:
                path = opened.enter_context(self._objects.local_file(self.name_of(names.SOURCE)))
            except ObjectMissing as error:
                what = f"{self.name_of(names.SOURCE)}, the uploaded file of {self.recording.name!r},"
                raise SourceMissing(f"{what} is not in the store: bring it back from a backup, then retry") from error
            yield path

    def listening(self) -> AbstractContextManager[Path]:
        """The copy that browsers play and seek exactly, as a local file to read; there where they need one."""
        return self._objects.local_file(self.name_of(names.LISTENING))

    def has_listening(self) -> bool:
        """Whether there is such a copy."""
        return self._objects.exists(self.name_of(names.LISTENING))

    def receive(self) -> AbstractContextManager[Incoming]:
        """Take in the bytes of a listening copy; see ObjectStore."""
        return self._objects.receive()

    def publish_listening(self, incoming: Incoming) -> bool:
        """Make what has arrived the listening copy. False when there was one: the first writer wins.

        Raises:
            RecordingGone: nobody wants it any more.
        """
        self.check_alive()
        return self._put(lambda: incoming.publish(self.name_of(names.LISTENING), served=True), names.LISTENING)

    def is_planned(self) -> bool:
        """Whether `prepare` has ended: its source and its listening copy do not change any more."""
        return self._objects.exists(self.name_of(names.PLAN))

    def wanted(self) -> Wanted:
        """What is to be computed."""
        return self._read(Wanted, names.WANTED)

    def want(self, wanted: Wanted) -> None:
        """Change what is to be computed; what was computed for other personas stays, unused.

        Raises:
            RecordingGone: the recording was deleted or replaced.
        """
        self._put(lambda: self._objects.replace(self.name_of(names.WANTED), encode(wanted)), names.WANTED)

    def window(self, number: int) -> Window:
        """The facts of a published window."""
        return self._read(Window, names.window(number))

    def published(self) -> int:
        """How many windows are published, from the first on without a gap."""
        count = 0
        while self._objects.exists(self.name_of(names.window(count))):
            count += 1
        return count

    def window_span(self, number: int) -> Span:
        """Where a published window lies."""
        return self._read(Span, names.window(number))

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
        name = names.audio(number)
        self._put(lambda: self._objects.create(self.name_of(name), flac), name)

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

    def evaluation(self, number: int, persona: str, fingerprint: str, tries: Tries | None = None) -> WindowEvaluation:
        """What a persona says of a window; with `tries` the provisional one of so many."""
        if tries is None:
            return self._read(WindowEvaluation, names.evaluation(number, persona, fingerprint))
        return self._read(WindowEvaluation, names.provisional(number, persona, fingerprint, tries))

    def failures(self, survey: Survey | None = None) -> tuple[Failure, ...]:
        """Every step that was given up, by name; a result beats a failure. `survey` is a look taken already.

        Of a recording whose own facts cannot be read, that comes first.
        """
        survey = survey or self.survey()
        found = [Failure("prepare", "object_damaged", survey.unreadable, 0)] if survey.unreadable else []
        for step in sorted(survey.failed - survey.done, key=lambda step: step.name):
            with suppress(ObjectMissing):  # it is tried again since the look
                found.append(self._read(Failure, names.failure(step)))
        return tuple(found)

    def fail(self, step: Step, failure: Failure) -> None:
        """Give a step up, for good (until `forget_failures`)."""
        self.create(names.failure(step), failure)

    def forget_failures(self, of: Callable[[Step], bool] = lambda _: True) -> None:
        """Let every step that was given up be tried again, or some of them."""
        for name in self._present("failures"):
            step = names.failed_step(self.recording.audio_id, name)
            if step is not None and of(step):
                self._objects.delete(self.name_of(name))

    def summary(self) -> Summary:
        """The summary as it was last written."""
        return self._read(Summary, names.SUMMARY)

    def readable_summary(self) -> Summary | None:
        """The same; None of one that is damaged, which is made again as if there were none."""
        try:
            return self.summary()
        except StoreError as error:
            if error.code != "object_damaged":
                raise
            return None

    def segments(self) -> SegmentReports:
        """All segments as they were last written."""
        return self._read(SegmentReports, names.SEGMENTS)

    def settled_summary(self) -> bytes | None:
        """The JSON of the summary, when nothing can change it but a retry or another evaluation; else None.

        A few looks, however long the recording is; a summary just written may not count as settled yet.
        """
        unsettled = (names.CANCELLED, names.failure(Step(self.recording.audio_id, "summarise")))
        if OpenList(self._objects).of(self.recording) or any(self._objects.exists(self.name_of(n)) for n in unsettled):
            return None
        try:
            return self._objects.read(self.name_of(names.SUMMARY))
        except ObjectMissing:
            return None

    def segments_json(self) -> bytes:
        """The JSON of all segments as they were last written: the field `segments`."""
        return self._objects.read(self.name_of(names.SEGMENTS))

    def summary_json(self) -> bytes:
        """The JSON of the summary as it was last written."""
        return self._objects.read(self.name_of(names.SUMMARY))

    def has_peaks(self) -> bool:
        """Whether the picture of the recording is there: all of it was read."""
        return self._objects.exists(self.name_of(names.PEAKS))

    def peaks(self) -> Peaks:
        """The picture of the recording; there as soon as all of it was read."""
        return self._read(Peaks, names.PEAKS)

    def summarise(self, segments: SegmentReports, summary: Summary) -> None:
        """Write the results, the summary last: it says what they were made from."""
        self.check_alive()
        for name, value in ((names.SEGMENTS, segments), (names.SUMMARY, summary)):
            self._put(partial(self._objects.replace, self.name_of(name), encode(value)), name)

    def create(self, name: str, value: object) -> bool:
        """Write one result. False when there was one: the first writer wins.

        Raises:
            RecordingGone: nobody wants it any more.
        """
        self.check_alive()
        return self._put(lambda: self._objects.create(self.name_of(name), encode(value)), name)

    def delete(self) -> None:
        """Remove every object of the run."""
        for name in self._objects.list(self.name_of("").rstrip("/")):
            self._objects.delete(name)

    def name_of(self, name: str) -> str:
        """The name in the store of an object of this run."""
        return f"{self.recording.audio_id}/{self.recording.run}/{name}"

    def _put(self, write: Callable[[], T], name: str) -> T:
        """Write an object; gone again, if the run has been deleted since its list of objects was read.

        Raises:
            RecordingGone: the recording was deleted or replaced.
        """
        written = write()
        if not self.is_current():
            self._objects.delete(self.name_of(name))
            raise self._gone()
        return written

    def _gone(self) -> RecordingGone:
        return RecordingGone(f"{self.recording.name!r} was deleted, cancelled or replaced meanwhile")

    def _present(self, folder: str = "") -> list[str]:
        """The names, within the run, of all objects below one of its folders."""
        below = self._objects.list(self.name_of(folder).rstrip("/"))
        return [name.removeprefix(self.name_of("")) for name in below]

    def _read(self, kind: type[T], name: str) -> T:
        try:
            return decode(kind, self._objects.read(self.name_of(name)))
        except ObjectMissing as error:
            raise ObjectMissing(f"{name} of {self.recording.name!r} is not in the store") from error
        except StoreError as error:
            raise StoreError(f"{self.name_of(name)} of {self.recording.name!r}: {error}", code=error.code) from error
