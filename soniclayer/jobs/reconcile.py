"""Makes index, progress and queues anew from the store: the second net under everything, and the whole recovery."""

from __future__ import annotations

import random
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soniclayer.courier.courier import RECONCILE_S
from soniclayer.domain.state import ENDED, RUNNING, State
from soniclayer.domain.step import next_steps
from soniclayer.errors import CourierAway, ObjectMissing, StoreError
from soniclayer.jobs.advance import advance
from soniclayer.jobs.improve import Improvements
from soniclayer.jobs.tell import line_of, scores_of, tell_deleted, tell_unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from soniclayer.courier.courier import Courier
    from soniclayer.domain.summary import Summary
    from soniclayer.storage.recordings import Recordings
    from soniclayer.storage.run import Run

SIGN_S = RECONCILE_S / 6
"""So often others are told that somebody is still at it."""

_STORE = "the store"

MOST_ENDED = 200
"""So many recordings are looked at in one go that have ended, and of which something may be provisional."""


@dataclass(frozen=True)
class Reconciled:
    """`opened`: recordings that may have steps left, all looked at. `indexed`: lines the index had lost."""

    opened: int
    indexed: int
    faults: tuple[str, ...]


def reconcile(  # noqa: PLR0913 - each switch stands alone
    recordings: Recordings,
    courier: Courier,
    *,
    everything: bool = False,
    only_when_due: bool = False,
    asks: bool = True,
    stopped: Callable[[], bool] = lambda: False,
) -> Reconciled | None:
    """Queue what is due of every open recording; None when somebody else is at it (or was lately: `only_when_due`).

    Where Redis has lost its epoch, or with `everything`, the index is made anew from all manifests too. A recording
    that cannot be read is a fault of its own and does not stop the others. Stopped half-way it goes on next time with
    what is missing. `asks`: there is a Langflow, and its breakers count; else nobody asks, and what is provisional is
    kept for good.

    Raises:
        CourierAway: Redis is away.
        StoreError: the store does not even list what it has.
    """
    if not courier.take_reconciling(only_when_due=only_when_due):
        return None
    try:
        return _Reconciliation(recordings, courier, asks=asks, stopped=stopped).run(everything=everything)
    finally:
        with suppress(CourierAway):
            courier.give_back_reconciling()


class _Interrupted(Exception):
    """It was stopped, or has lost the right to reconcile."""


class _Reconciliation:
    """One go at it."""

    def __init__(self, recordings: Recordings, courier: Courier, *, asks: bool, stopped: Callable[[], bool]) -> None:
        self._recordings = recordings
        self._courier = courier
        self._stopped = stopped
        self._improvements = Improvements(courier, asks=asks)
        self._signed_at = time.monotonic()
        self._opened = 0
        self._indexed = 0
        self._faults: dict[str, str] = {}

    def run(self, *, everything: bool) -> Reconciled:
        with suppress(_Interrupted):
            self._clear_away()
            faulty = self._courier.faults().keys() - {_STORE}
            opened = self._recordings.open_ids()
            self._advance(opened if everything else self._first_those_with_steps(opened))
            running = set[str]().union(*(self._courier.index.ids(state) for state in RUNNING))
            self._advance(running.difference(opened))  # they ended, and whoever saw it could not tell
            self._advance(faulty - running.union(opened))
            self._improvements.queue_probes()
            if everything or not (self._courier.has_epoch() and self._courier.index.complete):
                anew = everything or self._courier.index.outdated
                self._index_all(known=set() if anew else self._courier.index.ids())
            self._courier.note_reconciled(self._faults)
        return Reconciled(self._opened, self._indexed, tuple(f"{what}: {why}" for what, why in self._faults.items()))

    def _clear_away(self) -> None:
        """What dead processes left, and deletions that Redis has not been told of."""
        with self._fault_of(_STORE):
            self._recordings.sweep()
        for recording in self._recordings.deleted():
            with self._fault_of(recording.audio_id):
                self._recordings.delete(recording)
                tell_deleted(self._courier, recording)
                self._recordings.forget(recording)

    def _advance(self, audio_ids: Iterable[str]) -> None:
        for audio_id in audio_ids:
            self._go_on()
            with self._fault_of(audio_id):
                recording = self._recordings.get(audio_id)
                if recording is None:
                    self._courier.index.remove(audio_id)
                else:
                    self._advance_one(self._recordings.run(recording))
                    self._opened += 1

    def _advance_one(self, run: Run) -> None:
        survey = advance(self._recordings, self._courier, run)
        if survey is None:
            return
        if survey.unreadable:
            self._faults[run.recording.audio_id] = survey.unreadable
        self._improvements.queue(run, survey)

    def _first_those_with_steps(self, opened: list[str]) -> list[str]:
        """The open recordings; of those that have ended, and are open for what is provisional, some by chance.

        However many a Langflow that is away for long leaves behind, each go takes about as long as the one before.
        """
        if len(opened) <= MOST_ENDED:
            return opened
        ended = set[str]().union(*(self._courier.index.ids(state) for state in ENDED))
        provisional = [audio_id for audio_id in opened if audio_id in ended]
        with_steps = [audio_id for audio_id in opened if audio_id not in ended]
        return with_steps + random.sample(provisional, min(MOST_ENDED, len(provisional)))

    def _index_all(self, known: set[str]) -> None:
        """A line for every recording but those known to have one, and none for those that are gone."""
        audio_ids = self._recordings.ids()
        for audio_id in audio_ids:
            if audio_id not in known:
                self._go_on()
                with self._fault_of(audio_id):
                    self._index(audio_id)
        self._advance(self._courier.index.ids().difference(audio_ids))
        self._sign()
        self._courier.index.set_complete()
        self._courier.begin_epoch()

    def _index(self, audio_id: str) -> None:
        recording = self._recordings.get(audio_id)
        if recording is None:
            return
        run = self._recordings.run(recording)
        summary = run.readable_summary() if run.settled_summary() else None
        if summary is None or any(persona.provisional for persona in summary.personas):
            self._look_at(run)
        else:
            self._courier.index.put(line_of(recording, *_told_by(summary)))
        self._indexed += 1

    def _look_at(self, run: Run) -> None:
        """One that is not finished, or is provisional: open, cancelled, or failed; or its mark was lost."""
        with suppress(ObjectMissing):
            survey = run.survey()
            left = next_steps(survey) or survey.improving or survey.unreadable
            if left and not self._recordings.is_open(run.recording):
                self._recordings.mark_open(run.recording)
        self._advance_one(run)

    @contextmanager
    def _fault_of(self, what: str) -> Iterator[None]:
        try:
            yield
        except StoreError as error:
            self._faults[what] = str(error)
            if error.code == "object_damaged" and what != _STORE:
                tell_unreadable(self._courier, what)

    def _go_on(self) -> None:
        """Between two recordings.

        Raises:
            _Interrupted: leave the rest.
        """
        if self._stopped():
            raise _Interrupted
        if time.monotonic() - self._signed_at > SIGN_S:
            self._sign()

    def _sign(self) -> None:
        """Show that somebody is at it.

        Raises:
            _Interrupted: Redis knows nothing of it: it has lost its data, and with them what was done so far.
        """
        if not self._courier.keep_reconciling():
            raise _Interrupted
        self._signed_at = time.monotonic()


def _told_by(summary: Summary) -> tuple[State, float, int, dict[str, float]]:
    state: State = "completed_with_errors" if summary.failures or summary.damage else "completed"
    return state, summary.duration_s, len(summary.failures), scores_of(summary)
