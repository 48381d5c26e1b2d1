"""Any order of uploads, steps, deaths and outages: hypothesis looks for one that loses, doubles or revives something.

In CI it takes the same orders each time, for some seconds. `MODEL_EXAMPLES=2000` takes so many others, and makes the
order that goes wrong as short as it can.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest
from fake_judge import opinion_of
from fate import STROKES
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from model_place import PERSONAS, POISON, WINDOWS, ModelPlace

from soniclayer.courier import changes
from soniclayer.courier.connection import connect
from soniclayer.domain.state import ENDED
from soniclayer.domain.turns import AHEAD
from soniclayer.errors import Conflict, RecordingMissing

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "0"))
MOST_MESSAGES = 4 * AHEAD
"""Of one run: transcriptions, labels, and evaluations, the first time and again."""
MOST_STEPS = 500
"""More than all there are, however often all is evaluated anew."""

IDS = {sha256(sound).hexdigest(): sound for sound in WINDOWS}
sounds = st.sampled_from(tuple(WINDOWS))
whose = st.integers(0, len(WINDOWS) - 1)
personas = st.sampled_from(PERSONAS)
strokes = st.sampled_from((None, None, None, *STROKES))
boundaries = st.integers(0, 12) | st.integers(0, 80)


@dataclass
class Known:
    """What everybody may rely on: it was accepted. `doomed`: its deletion has begun, and nobody was told of its end."""

    run: str
    cancelled: bool = False
    doomed: bool = False
    frozen: frozenset[str] | None = None
    written: dict[str, bytes] = field(default_factory=dict)


class Service(RuleBasedStateMachine):
    """What people, workers and outages do, and what has to hold after each of it."""

    def __init__(self, redis_server) -> None:
        super().__init__()
        url = redis_server.url_of(next(redis_server.unused))
        self._folder = tempfile.TemporaryDirectory(prefix="model-")
        self._redis = connect(url)
        self.place = ModelPlace(Path(self._folder.name), url, self._redis)
        self.known: dict[str, Known] = {}
        self.runs = Counter[str]()
        self.strokes = 0

    @initialize()
    def a_worker_starts(self):
        assert self.place.reconcile().faults == ()

    @rule(sound=sounds, persona=personas, stroke=strokes, after=boundaries)
    def somebody_uploads(self, sound, persona, stroke, after):
        audio_id = sha256(sound).hexdigest()
        before = self.known.get(audio_id)
        uploaded = self._act(self.place.upload, sound, persona, stroke=stroke, after=after)
        if uploaded is None:
            self._believe_the_store(audio_id)
        elif before is None or (before.doomed and uploaded.recording.run != before.run):
            assert uploaded.new
            self._accepted(uploaded.recording)
        else:
            assert (uploaded.recording.run, uploaded.new) == (before.run, False)
            before.doomed = False  # it was answered that it is there
            self._set_cancelled(before, cancelled=before.cancelled and not uploaded.retried)

    @rule(stroke=strokes, after=boundaries)
    def a_worker_does_a_step(self, stroke, after):
        there = self.place.store.list("")
        done = self._act(self.place.work, stroke=stroke, after=after)
        if done is not None and done[0].run not in {known.run for known in self.known.values()}:
            assert done[1].outcome in {"gone", "put_off"}
            assert self.place.store.list("") == there

    @rule(steps=st.integers(2, 12))
    def a_worker_does_steps(self, steps):
        for _ in range(steps):
            self.a_worker_does_a_step(None, 0)

    @precondition(lambda self: self.known)
    @rule(which=whose, stroke=strokes, after=boundaries)
    def somebody_cancels(self, which, stroke, after):
        known, answer = self._steer(self.place.cancel, self._id(which), stroke, after)
        if answer is True:
            self._set_cancelled(known, cancelled=True)

    @precondition(lambda self: self.known)
    @rule(which=whose, stroke=strokes, after=boundaries)
    def somebody_retries(self, which, stroke, after):
        known, answer = self._steer(self.place.retry, self._id(which), stroke, after)
        if answer is True:
            self._set_cancelled(known, cancelled=False)
        elif isinstance(answer, Conflict):
            assert not known.cancelled

    @precondition(lambda self: self.known)
    @rule(which=whose, persona=personas, stroke=strokes, after=boundaries)
    def somebody_has_it_evaluated_anew(self, which, persona, stroke, after):
        known, answer = self._steer(self.place.re_evaluate, self._id(which), persona, stroke, after)
        assert not isinstance(answer, Conflict) or known.cancelled

    @precondition(lambda self: self.known)
    @rule(which=whose, stroke=strokes, after=boundaries)
    def somebody_deletes(self, which, stroke, after):
        audio_id = self._id(which)
        self.known[audio_id].doomed = True
        _, answer = self._steer(self.place.delete, audio_id, stroke, after)
        if answer is True:
            del self.known[audio_id]

    @rule(stroke=strokes, after=st.integers(0, 300))
    def a_worker_reconciles(self, stroke, after):
        done = self._act(self.place.reconcile, stroke=stroke, after=after)
        self._bury_the_doomed()
        if done is not None and self.place.whole:
            assert done.faults == ()
            assert self.place.told() == self.place.states()

    @rule(stroke=strokes, after=boundaries)
    def the_timer_cleans_up(self, stroke, after):
        done = self._act(self.place.clean, stroke=stroke, after=after)
        self._bury_the_doomed()
        if done is not None and self.place.whole:
            runs = {f"{audio_id}/{run}" for audio_id in IDS for run in self.place.store.folders(audio_id)}
            assert runs == {f"{audio_id}/{known.run}" for audio_id, known in self.known.items()}

    @rule()
    def a_minute_passes(self):
        self.place.wait()

    @rule()
    def redis_loses_its_data(self):
        self._redis.flushdb()

    @precondition(lambda self: not self.place.fate.away)
    @rule()
    def redis_goes(self):
        self.place.fate.away = True

    @precondition(lambda self: self.place.fate.away)
    @rule()
    def redis_comes_back(self):
        self.place.fate.away = False

    @rule(deed=st.sampled_from(("answers", "silent")))
    def langflow_changes_its_mind(self, deed):
        self.place.judge.script = [deed]

    @invariant()
    def nothing_is_lost_revived_or_doubled(self):
        self._what_was_accepted_is_there_and_nothing_else()
        self._what_is_cancelled_stays_so_and_nothing_is_computed()
        self._a_result_is_written_once()
        self._queues_are_bounded()

    def _what_was_accepted_is_there_and_nothing_else(self):
        for audio_id, sound in IDS.items():
            recording, known = self.place.recordings.get(audio_id), self.known.get(audio_id)
            if known is None or recording is None:
                assert known is None
                assert recording is None
            else:
                assert recording.run == known.run
                with self.place.recordings.run(recording).source() as source:
                    assert source.read_bytes() == sound

    def _what_is_cancelled_stays_so_and_nothing_is_computed(self):
        states = self.place.states()
        for audio_id, known in self.known.items():
            assert (states[audio_id][1] == "cancelled") == known.cancelled
            assert known.frozen is None or known.frozen >= self._names(audio_id, known)

    def _a_result_is_written_once(self):
        for audio_id, known in self.known.items():
            for name in known.written.keys() | self._names(audio_id, known):
                data = self.place.store.read(name)
                assert known.written.setdefault(name, data) == data

    def _queues_are_bounded(self):
        for audio_id, out in Counter(self.place.messages()).items():
            assert out <= MOST_MESSAGES * self.runs[audio_id] + self.strokes

    def teardown(self):
        try:
            self.come_to_rest()
            self.check_that_all_has_ended()
        finally:
            self.place.leave()
            self._redis.close()
            self._folder.cleanup()

    def come_to_rest(self):
        """As minutes after the last outage; nobody does anything by hand."""
        self.place.fate.away = False
        self.place.judge.script = ["answers"]
        self.place.start_anew()
        for _ in range(3):
            self.place.wait()
            assert self.place.reconcile().faults == ()
            for _ in range(MOST_STEPS):
                if self.place.work() is None:
                    break
            else:
                raise AssertionError("it never ends")
        self.place.clean()
        self._bury_the_doomed()

    def check_that_all_has_ended(self):
        states = self.place.states()
        assert states.keys() == self.known.keys()
        assert self.place.told() == states
        assert self.place.store.list("open") == []
        assert self.place.messages() == []
        for audio_id, (_, state) in states.items():
            assert state in ENDED
            if state != "cancelled":
                self._check_results(audio_id, state)

    def _check_results(self, audio_id, state):
        """Each segment has what its judge says of it; the poison has its one failure, after three deaths."""
        run = self.place.recordings.run(self.place.recordings.get(audio_id))
        (persona,) = run.wanted().personas
        segments = run.segments().segments
        for segment in segments:
            (found,), said = segment.evaluations, opinion_of(persona, segment.segment.segment_id)
            assert (found.source, found.score, found.rationale) == ("langflow", said.score, said.rationale)
        poisoned = audio_id == POISON
        assert state == ("completed_with_errors" if poisoned else "completed")
        assert len(segments) == WINDOWS[IDS[audio_id]] - poisoned
        assert [(one.step, one.attempts) for one in run.failures()] == [("transcribe.0001", 3)] * poisoned

    def _id(self, which):
        """One of those there are."""
        return sorted(self.known)[which % len(self.known)]

    def _act(self, what, *args, stroke, after):
        self.strokes += stroke is not None or self.place.fate.away
        return self.place.act(what, *args, stroke=stroke, boundaries=after)

    def _steer(self, what, *args):
        """Have somebody ask for it; what is known of the recording before, and the answer. None: there was none."""
        *args, stroke, after = args
        known = self.known[args[0]]
        try:
            answer = self._act(what, *args, stroke=stroke, after=after)
        except RecordingMissing as missing:
            assert known.doomed
            answer = missing
        except Conflict as refusal:
            answer = refusal
        if answer is None:
            self._believe_the_store(args[0])
        return known, answer

    def _believe_the_store(self, audio_id):
        """After an act that was cut short: it was done, or it was not."""
        recording, known = self.place.recordings.get(audio_id), self.known.get(audio_id)
        if recording is None:
            assert known is None or known.doomed
            self.known.pop(audio_id, None)
        elif known is None or (known.doomed and recording.run != known.run):
            self._accepted(recording)
        else:
            self._set_cancelled(known, cancelled=self.place.states()[audio_id][1] == "cancelled")

    def _bury_the_doomed(self):
        for audio_id, known in list(self.known.items()):
            if known.doomed and self.place.recordings.get(audio_id) is None:
                del self.known[audio_id]

    def _accepted(self, recording):
        self.known[recording.audio_id] = Known(recording.run)
        self.runs[recording.audio_id] += 1

    def _set_cancelled(self, known, *, cancelled):
        known.cancelled = cancelled
        audio_id = next(audio_id for audio_id, one in self.known.items() if one is known)
        known.frozen = self._names(audio_id, known) if cancelled else None

    def _names(self, audio_id, known):
        """Of the results there are that never change."""
        names = self.place.store.list(f"{audio_id}/{known.run}")
        return frozenset(name for name in names if name.endswith(("/plan.json", "/peaks.json")) or "/windows/" in name)


@pytest.fixture(autouse=True)
def _short_of_patience(monkeypatch):
    """Who waits for somebody who is dead gives up soon."""
    monkeypatch.setattr(changes, "ALONE_S", 0.05)


def test_whatever_happens_in_whatever_order_nothing_is_lost_or_doubled_and_all_ends(redis_server):
    known = {
        "max_examples": 40,
        "derandomize": True,
        "database": None,
        "phases": [Phase.generate],
    }  # shrinking takes minutes
    chosen = {"max_examples": EXAMPLES} if EXAMPLES else known
    run_state_machine_as_test(
        lambda: Service(redis_server),
        settings=settings(**chosen, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)),
    )
