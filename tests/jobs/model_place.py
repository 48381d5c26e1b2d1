"""A store and a Redis with one process at a time at them, which fate may strike; and what there is after it."""

from __future__ import annotations

from hashlib import sha256

import dramatiq
import redis
from fake_engine import FakeEngine
from fake_judge import FakeJudge
from fate import Dead, Fate, FatefulDisk, open_fateful_courier
from queue_worker import perform_next
from redis_server import close_courier
from samples import all_personas, upload, wanted

from soniclayer.courier.connection import PREFIX
from soniclayer.courier.message import QUEUES
from soniclayer.courier.queue import LATER
from soniclayer.domain.state import state_of
from soniclayer.errors import CourierAway, EngineDied, StoreFull
from soniclayer.jobs import steer
from soniclayer.jobs.cleanup import cleanup
from soniclayer.jobs.reconcile import reconcile
from soniclayer.storage import local
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings

WINDOWS = {b"the news": 2, b"the weather": 10, b"poison": 2}
POISON = sha256(b"poison").hexdigest()
PERSONAS = ("gen_z", "tradie")
LAPSES_MS = 60_000
"""What Redis forgets by itself within that time is gone after a while: leases, and rights of the dead."""


class Engine(FakeEngine):
    """Finds so many windows in each sound. Window 1 of the poison kills it, every time."""

    def prepare(self, source, language, resume):
        self.windows = WINDOWS[source.read_bytes()]
        return super().prepare(source, language, resume)

    def transcribe(self, audio, window):
        if POISON in audio.parts and window.number == 1:
            raise EngineDied("poison", code="engine_crashed")
        return super().transcribe(audio, window)


class ModelPlace:
    """All that is done is done through `act`; it tells what came back, or None when fate, or an outage, came first."""

    def __init__(self, root, url, redis_client) -> None:
        self.root = root
        self.store = LocalStore(root / "uploads")
        self.recordings = Recordings(self.store)
        self.redis = redis_client
        self.fate = Fate(redis_client.flushdb)
        self.judge = FakeJudge("answers")
        self._url = url
        self._os, local.os = local.os, FatefulDisk(self.fate)
        self.courier = open_fateful_courier(url, self.fate)

    def leave(self) -> None:
        local.os = self._os
        close_courier(self.courier)

    def start_anew(self) -> None:
        """Another process takes over: it holds nothing of what the one before held."""
        close_courier(self.courier)
        self.courier = open_fateful_courier(self._url, self.fate)

    def act(self, what, *args, stroke=None, boundaries=0):
        """Do it; None when it did not come to its end, or raised what an outage makes it raise."""
        with self.fate.of(stroke, boundaries):
            try:
                return what(*args)
            except Dead:
                self.start_anew()
            except (CourierAway, StoreFull, redis.ConnectionError, dramatiq.BrokerConnectionError):
                assert self.fate.away or self.fate.struck
                self.start_anew()
        return None

    @property
    def whole(self) -> bool:
        """Whether the last act was struck by nothing, and Redis is there."""
        return not (self.fate.away or self.fate.struck)

    def upload(self, sound: bytes, persona: str):
        return upload(self.recordings, self.courier, sound, wanted(persona))

    def work(self):
        """One step, as a worker does it."""
        return perform_next(self.recordings, self.courier, Engine(), judge=self.judge)

    def cancel(self, audio_id: str):
        steer.cancel(self.recordings, self.courier, audio_id)
        return True

    def retry(self, audio_id: str):
        steer.retry(self.recordings, self.courier, audio_id)
        return True

    def delete(self, audio_id: str):
        steer.delete(self.recordings, self.courier, audio_id)
        return True

    def re_evaluate(self, audio_id: str, persona: str):
        personas = [one for one in all_personas() if one.name == persona]
        steer.re_evaluate(self.recordings, self.courier, audio_id, personas)
        return True

    def reconcile(self):
        return reconcile(self.recordings, self.courier)

    def clean(self):
        """As days later."""
        self.recordings.sweep(max_age_s=-1)
        return cleanup(self.recordings, self.root / "metrics")

    def wait(self) -> None:
        """Let a minute pass: who died is missed, what it held is free, and what was put off is due."""
        for key in self.redis.scan_iter(f"{PREFIX}*"):
            if 0 <= self.redis.pttl(key) <= LAPSES_MS:
                self.redis.delete(key)
        for waiting in (LATER, "dramatiq:__heartbeats__"):
            for member in self.redis.zrange(waiting, 0, -1):
                self.redis.zadd(waiting, {member: 0})

    def messages(self) -> list[str]:
        """The id of every recording, once for each message that is out."""
        letters = [letter for queue in QUEUES for letter in self.redis.hvals(f"dramatiq:{queue}.msgs")]
        return [dramatiq.Message.decode(letter.encode()).args[0] for letter in letters] + [
            ticket.partition(":")[0] for ticket in self.redis.zrange(LATER, 0, -1)
        ]

    def states(self) -> dict[str, tuple[str, str]]:
        """Run and state of every recording, as the store tells them."""
        found = {}
        for audio_id in self.recordings.ids():
            recording = self.recordings.get(audio_id)
            if recording is not None:
                found[audio_id] = recording.run, state_of(self.recordings.run(recording).survey())
        return found

    def told(self) -> dict[str, tuple[str, str]]:
        """The same, as the index tells it."""
        lines = (self.courier.index.get(audio_id) for audio_id in self.courier.index.ids())
        return {line.audio_id: (line.run, line.state) for line in lines}
