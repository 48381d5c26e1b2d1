"""What can be done next, over several recordings, shared by the threads that do it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from soniclayer.domain.state import ENDED, State, state_of
from soniclayer.domain.step import Step, Survey, recording_steps, window_steps
from soniclayer.domain.window import Expected, Plan, PreparedWindow
from soniclayer.errors import StoreError
from soniclayer.storage.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@dataclass(frozen=True)
class Standing:
    """How far a recording is: seconds of audio done of total, which is `estimated` until all of it has been read."""

    audio_id: str
    name: str
    state: State
    done_s: float
    total_s: float
    estimated: bool
    running: tuple[str, ...]


@dataclass
class Entry:
    """One recording on the board.

    `left` holds the steps of each window that has not ended. It is renewed window by window: asking `next_steps` anew
    at every change took 3 s of CPU time for 120 windows, and 36 times that for 720.
    """

    run: Run
    survey: Survey
    durations_s: dict[int, float]
    total_s: float = 0.0
    running: set[Step] = field(default_factory=set)
    left: dict[int, list[Step]] = field(default_factory=dict)

    def change(self, survey: Survey, windows: Iterable[int] = ()) -> None:
        """Take over what is known now; it differs in these windows, or in what concerns no window."""
        self.survey = survey
        for window in windows:
            steps = window_steps(survey, window)
            if steps:
                self.left[window] = steps
            else:
                self.left.pop(window, None)

    def ready(self) -> Iterator[Step]:
        """What `next_steps` tells, without what is being done."""
        if self.survey.cancelled:
            return
        for window in sorted(self.left):
            yield from (step for step in self.left[window] if step not in self.running)
        for step in recording_steps(self.survey, windows_ended=not self.left):
            if step not in self.running:
                yield step

    @property
    def done_s(self) -> float:
        """Seconds of audio whose wanted steps have all ended."""
        return sum(length_s for window, length_s in self.durations_s.items() if window not in self.left)

    @property
    def ended(self) -> bool:
        """Whether nothing is left to do and nothing is being done."""
        return not self.running and next(self.ready(), None) is None


class Board:
    """Hands out steps: recordings in the order they came, stages and windows in the order of `next_steps`."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._attempts: Counter[Step] = Counter()
        self._rested_at: dict[Step, float] = {}
        self._changed = threading.Condition()
        self._complete = False
        self._error: BaseException | None = None
        self._stopped = False
        self._first_window_at: float | None = None

    def add(self, run: Run) -> None:
        """Put a recording on the board, as the store knows it now; what is provisional is to be done again."""
        survey = run.survey()
        if survey.unreadable:
            raise StoreError(survey.unreadable, code="object_damaged")
        survey = replace(survey, done=survey.done - survey.provisional.keys(), provisional={})
        durations_s = {number: run.window(number).duration_s for number in survey.windows}
        entry = Entry(run, survey, durations_s)
        if survey.planned is not None:
            entry.total_s = run.plan().duration_s
        entry.change(survey, survey.windows)
        with self._changed:
            self._entries.setdefault(run.recording.audio_id, entry)
            self._changed.notify_all()

    @property
    def over(self) -> bool:
        """Whether all is done, or the board was stopped."""
        return self._stopped or (self._complete and all(entry.ended for entry in self._entries.values()))

    @property
    def first_window_at(self) -> float | None:
        """When (time.monotonic) the last step of a window was done for the first time."""
        return self._first_window_at

    def close(self) -> None:
        """Say that no more recordings will be added."""
        with self._changed:
            self._complete = True
            self._changed.notify_all()

    def take(self, may_run: Callable[[Step], bool]) -> tuple[Run, Step] | None:
        """The first step the caller may run; waits for one. None when all is done or the board was stopped."""
        with self._changed:
            while not self.over:
                now = time.monotonic()
                for entry in self._entries.values():
                    step = next((one for one in entry.ready() if may_run(one) and not self._rests(one, now)), None)
                    if step is not None:
                        entry.running.add(step)
                        return entry.run, step
                self._changed.wait(self._shortest_rest_s(now))
        return None

    def seen(self, audio_id: str, found: Expected | PreparedWindow | Plan) -> None:
        """`prepare` has told something of a recording."""
        with self._changed:
            entry = self._entries[audio_id]
            if isinstance(found, PreparedWindow):
                entry.durations_s[found.window.number] = found.window.duration_s
                entry.total_s = max(entry.total_s, found.window.end_s)
                entry.change(entry.survey.with_window(found.window.number), [found.window.number])
            elif isinstance(found, Plan):
                entry.total_s = found.duration_s
                entry.change(entry.survey.with_plan(found))
            else:
                entry.total_s = max(entry.total_s, found.duration_s)
            self._changed.notify_all()

    def done(self, step: Step) -> None:
        """A step has written its result."""
        with self._changed:
            entry = self._release(step)
            survey = entry.survey.with_done(step)
            if step.stage == "summarise":
                survey = survey.with_summary(survey.inputs)
            entry.change(survey, _window_of(step))
            if step.window is not None and step.window not in entry.left and self._first_window_at is None:
                self._first_window_at = time.monotonic()

    def given_up(self, step: Step) -> None:
        """A step has failed for good."""
        with self._changed:
            entry = self._release(step)
            entry.change(entry.survey.with_failed(step), _window_of(step))

    def put_back(self, step: Step, rest_s: float = 0.0) -> None:
        """A step was not done; somebody will, when so many seconds are over."""
        with self._changed:
            self._release(step)
            self._rested_at[step] = time.monotonic() + rest_s

    def count_attempt(self, step: Step) -> int:
        """How often the engine has died at this step, this time included."""
        with self._changed:
            self._attempts[step] += 1
            return self._attempts[step]

    def stop(self, error: BaseException | None = None) -> None:
        """Hand out no more steps. The first `error` is what `wait` raises."""
        with self._changed:
            self._stopped = True
            self._error = self._error or error
            self._changed.notify_all()

    def wait(self, timeout_s: float) -> bool:
        """Wait until all is done; False when it is not after `timeout_s`.

        Raises:
            BaseException: what stopped the board.
        """
        with self._changed:
            self._changed.wait_for(lambda: self.over, timeout_s)
            if self._error is not None:
                raise self._error
            return self.over

    def progress(self) -> list[Standing]:
        """How far every recording is, in the order they came."""
        with self._changed:
            return [_standing(entry) for entry in self._entries.values()]

    def _rests(self, step: Step, now: float) -> bool:
        return self._rested_at.get(step, 0.0) > now

    def _shortest_rest_s(self, now: float) -> float | None:
        """The time until the next step may be taken that was put back; None when none rests.

        One whose rest is over may wait for a thread that is free: whoever cannot do it need not look again.
        """
        return min((at - now for at in self._rested_at.values() if at > now), default=None)

    def _release(self, step: Step) -> Entry:
        entry = self._entries[step.audio_id]
        entry.running.discard(step)
        self._changed.notify_all()
        return entry


def _window_of(step: Step) -> tuple[int, ...]:
    return () if step.window is None else (step.window,)


def _standing(entry: Entry) -> Standing:
    state = state_of(entry.survey)
    return Standing(
        audio_id=entry.run.recording.audio_id,
        name=entry.run.recording.name,
        state=state,
        done_s=entry.done_s,
        total_s=entry.total_s,
        estimated=not entry.survey.prepared and state not in ENDED,
        running=tuple(sorted({step.stage for step in entry.running})),
    )
