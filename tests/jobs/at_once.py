"""People and workers at one recording at once: what each does, and the place where they do it."""

from __future__ import annotations

from hashlib import sha256

from fake_engine import FakeEngine
from fake_judge import FakeJudge
from hypothesis import strategies as st
from interleaving import Doer, SteppedStore
from queue_worker import perform_next, work_queues
from redis_server import close_courier, open_test_courier
from samples import all_personas, upload, wanted

from soniclayer.domain.state import ENDED, state_of
from soniclayer.errors import Conflict, RecordingMissing
from soniclayer.jobs import steer
from soniclayer.jobs.reconcile import reconcile
from soniclayer.storage.recordings import Recordings

WINDOWS = 2
BEFORE, AFTER = wanted("gen_z"), wanted("tradie")
AUDIO_ID = sha256(b"some audio").hexdigest()


def cancel(recordings, courier):
    steer.cancel(recordings, courier, AUDIO_ID)


def retry(recordings, courier):
    steer.retry(recordings, courier, AUDIO_ID)


def delete(recordings, courier):
    steer.delete(recordings, courier, AUDIO_ID)


def re_evaluate(recordings, courier):
    personas = [persona for persona in all_personas() if persona.name == "tradie"]
    steer.re_evaluate(recordings, courier, AUDIO_ID, personas)


def upload_again(recordings, courier):
    upload(recordings, courier, what=BEFORE)


def look_after(recordings, courier):
    reconcile(recordings, courier)


def wipe(recordings, courier):
    courier.client.flushdb()


def work(recordings, courier, judge=None):
    for _ in range(4):
        if perform_next(recordings, courier, FakeEngine(windows=WINDOWS), judge=judge) is None:
            return


def work_badly(recordings, courier, judge=None):
    for _ in range(4):
        engine = FakeEngine(windows=WINDOWS, deaths={"transcribe.1": 1, "prepare.0": 1})
        if perform_next(recordings, courier, engine, judge=judge) is None:
            return


def work_with(*script):
    """Work, with a judge that does this."""

    def working(recordings, courier):
        work(recordings, courier, FakeJudge(*script))

    working.__name__ = f"work with {' '.join(script)}"
    return working


PEOPLE = (cancel, retry, delete, re_evaluate, upload_again)


def days(*acts, done_before=9):
    """What may happen at once: who does what, who dies in the middle, and whose turn it is for how many calls."""
    return st.fixed_dictionaries(
        {
            "done_before": st.integers(0, done_before),
            "acts": st.lists(st.sampled_from(acts), min_size=2, max_size=5),
            "dead": st.sets(st.integers(0, 4), max_size=2),
            "turns": st.lists(st.tuples(st.integers(0, 4), st.integers(1, 12)), max_size=40),
        }
    )


class Place:
    """A store, a Redis, and everybody at them, each with a connection of their own."""

    def __init__(self, root, url) -> None:
        self.store = SteppedStore(root)
        self.recordings = Recordings(self.store)
        self.url = url
        self.courier = open_test_courier(url)
        self.couriers = [self.courier]
        self.dead: list[Doer] = []

    def live_through(self, day, judge=None) -> None:
        upload(self.recordings, self.courier, what=BEFORE)
        for _ in range(day["done_before"]):
            perform_next(self.recordings, self.courier, FakeEngine(windows=WINDOWS), judge=judge)
        doers = [self._doer(act) for act in day["acts"]]
        for turn, calls in day["turns"]:
            doers[turn % len(doers)].go(calls)
        for number, doer in enumerate(doers):
            if number in day["dead"] and not doer.ended:
                self.dead.append(doer)
            else:
                doer.go_to_the_end()
        for doer in doers:
            if doer.ended and doer.error is not None and not isinstance(doer.error, (Conflict, RecordingMissing)):
                raise AssertionError(f"{doer.name} failed") from doer.error

    def come_to_rest(self, judge=None) -> None:
        """As after hours: what the dead held is free again, and reconcile has come by."""
        if self.dead:
            self.courier.client.flushdb()
        self.recordings.sweep(max_age_s=-1)
        for _ in range(3):
            for key in self.courier.client.zrange("soniclayer:later", 0, -1):
                self.courier.client.zadd("soniclayer:later", {key: 0})
            assert reconcile(self.recordings, self.courier).faults == ()
            work_queues(self.recordings, self.courier, FakeEngine(windows=WINDOWS), most=200, judge=judge)

    def check(self, *, cancelled):
        """That all has ended, and nothing came back from the dead; the run if it is completed."""
        recording = self.recordings.get(AUDIO_ID)
        line = self.courier.index.get(AUDIO_ID)
        assert self.store.list("open") == []
        if recording is None:
            assert (self.store.list(""), line) == ([], None)
            return None
        run = self.recordings.run(recording)
        state = state_of(run.survey())
        assert state in ENDED
        assert state != "cancelled" or cancelled
        assert (line.run, line.state) == (recording.run, state)
        strays = [name for name in self.store.list(AUDIO_ID) if not name.startswith(run.name_of(""))]
        assert strays == [f"{AUDIO_ID}/recording.json"]
        results = {name: count for name, count in self.store.created.items() if "/windows/" in name}
        assert not [name for name, count in results.items() if count > 1]
        return run if state == "completed" else None

    def leave(self) -> None:
        for doer in self.dead:
            doer.bury()
        for courier in self.couriers:
            close_courier(courier)

    def _doer(self, act) -> Doer:
        courier = open_test_courier(self.url)
        self.couriers.append(courier)
        return Doer(act.__name__, lambda: act(self.recordings, courier))
