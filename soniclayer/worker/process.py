"""The worker process from its start to its end."""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from typing import TYPE_CHECKING

import dramatiq

from soniclayer import __version__, log
from soniclayer.courier.message import ENGINE_QUEUES, QUEUES
from soniclayer.courier.workers import WorkerReport
from soniclayer.engines.confined.confine import lacks
from soniclayer.wiring import open_courier, open_recordings
from soniclayer.worker.actors import declare_actors
from soniclayer.worker.bell import Bell
from soniclayer.worker.broker import WorkerBroker
from soniclayer.worker.drain import drain
from soniclayer.worker.engine import WarmEngine
from soniclayer.worker.gate import Gate
from soniclayer.worker.keeper import Keeper
from soniclayer.worker.ledger import Ledger
from soniclayer.worker.notify import Systemd
from soniclayer.worker.pulse import Pulse
from soniclayer.worker.reconciler import Reconciler
from soniclayer.worker.steps import Steps
from soniclayer.worker.words import words_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import redis

    from soniclayer.courier.breakers import Breakers
    from soniclayer.engines.child import EngineChild
    from soniclayer.jobs.judge import Judge
    from soniclayer.settings import Settings

_LOG = logging.getLogger(__name__)

LOOK_S = 1.0
"""So often the state of things is looked at and told; signals are heeded at once."""

PREPARES = 4
"""So many recordings are prepared in turns, window by window: a short one need not wait for the end of a long one."""

REDIS_WAIT_S = 30.0
"""A worker whose models are loaded waits so long for Redis before it says that it is ready: it can begin without, and
what is started after it, up to the whole machine, need not wait for somebody else's outage."""

EXTEND_EVERY_S = 10.0
IDLE_THREAD_MS = 500
"""A thread that runs steps looks so often whether it is to end."""


class WorkerProcess:
    """One per process, in its main thread.

    Args:
        settings: where everything is.
        name: of the instance, `worker-1`.
        queues: those it works on; see QUEUES.
        make_engine: its engine child, given what is to be called while a call waits.
        make_judge: who speaks for personas, given the breakers it shares with other workers; None: the rules do.
    """

    def __init__(
        self,
        settings: Settings,
        name: str,
        queues: Sequence[str],
        make_engine: Callable[[Callable[[], None]], EngineChild],
        make_judge: Callable[[Breakers], Judge | None],
    ) -> None:
        self._settings = settings
        self._name = name
        self._queues = tuple(queue for queue in QUEUES if queue in queues)
        self._host = socket.gethostname()
        self._started_at = time.time()
        self._ready = False
        self._stop = False
        self._look = Bell()
        self._systemd = Systemd()
        self._extended_at = 0.0
        self._hanging: list[str] = []
        self._pulse = Pulse()
        recordings = open_recordings(settings)
        self._courier = open_courier(settings, self._make_broker)
        self._engine = WarmEngine(make_engine(self._pulse.beat), settings.engine_idle_s, self._engine_turned)
        self._judge = make_judge(self._courier.breakers)
        self._reconciler = Reconciler(recordings, self._courier, self._broker.wake, asks=self._judge is not None)
        self._keeper = Keeper(self._courier, self._broker, self._report, self._reconciler.soon, self._pulse)
        self._ledger = Ledger(name)
        steps = Steps(recordings, self._courier, self._engine, self._judge, self._keeper, self._pulse, self._ledger)
        self._broker.gates = self._make_gates()
        declare_actors(self._broker, steps.do)
        self._worker = dramatiq.Worker(
            self._broker,
            queues=set(self._queues),
            worker_timeout=IDLE_THREAD_MS,
            worker_threads=sum(gate.slots for gate in self._broker.gates),
        )

    def run(self) -> int:
        """Work until a signal comes; the exit code.

        Raises:
            ModelError: a model is missing or damaged.
            EngineDied: the engine does not come up.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop_soon())
        log.event(_LOG, "worker starts", worker=self._name, queues=",".join(self._queues), version=__version__)
        self._keeper.thread.start()
        if self._needs_engine:
            for lack in lacks(self._settings.whisper_device):
                log.event(_LOG, "engine is not fully confined", logging.WARNING, lacks=lack)
            self._engine.start()
        if self._wait_until_warm():
            self._begin()
            self._watch()
        return self._end()

    @property
    def _needs_engine(self) -> bool:
        return any(queue in ENGINE_QUEUES for queue in self._queues)

    def _make_broker(self, client: redis.Redis) -> WorkerBroker:
        self._broker = WorkerBroker(client, self._pulse)
        return self._broker

    def _make_gates(self) -> list[Gate]:
        """One slot for windows; some for `prepare`, which share the engine with it; others for what needs none."""
        windows = [queue for queue in self._queues if queue in ENGINE_QUEUES and queue != "prepare"]
        preparing = [queue for queue in self._queues if queue == "prepare"]
        light = [queue for queue in self._queues if queue not in ENGINE_QUEUES]
        gates = [
            Gate(windows, 1, lambda _: self._engine.may_run),
            Gate(preparing, PREPARES, lambda _: self._engine.may_run),
            Gate(light, self._settings.worker_evaluators),
        ]
        return [gate for gate in gates if gate.queues]

    def _wait_until_warm(self) -> bool:
        """Wait for the models, then for Redis; False when told to stop meanwhile, or when no engine comes up."""
        waited_from_s = None
        while not self._stop and not self._engine.fault:
            warm = not self._needs_engine or self._engine.may_run
            if warm:
                waited_from_s = waited_from_s or time.monotonic()
                if self._keeper.seen.is_set() or time.monotonic() - waited_from_s > REDIS_WAIT_S:
                    return True
            self._extend()
            self._systemd.status("waiting for Redis" if warm else "loading models")
            self._look.wait(LOOK_S / 4)
        return False

    def _begin(self) -> None:
        self._worker.start()
        self._reconciler.thread.start()
        while not all(thread.consumer for thread in self._worker.consumers.values()) and not self._stop:
            self._look.wait(LOOK_S / 100)
        self._ready = True
        self._keeper.tell()  # who asks the backend whether all is ready must hear of it now
        self._systemd.ready()
        log.event(_LOG, "worker ready", worker=self._name, startup_s=round(time.time() - self._started_at, 3))

    def _watch(self) -> None:
        """Until told to stop, or until something has ended that must not."""
        while not self._stop and not self._engine.fault and self._all_live():
            self._systemd.status(self._words())
            self._tell_the_watchdog()
            self._look.wait(min(LOOK_S, (self._systemd.watchdog_s or LOOK_S * 2) / 2))

    def _tell_the_watchdog(self) -> None:
        """That all is well; nothing while a thread hangs, so that systemd starts this worker anew."""
        before, self._hanging = self._hanging, self._pulse.hanging()
        if not self._hanging:
            self._systemd.alive()
        for what in self._hanging:
            if what not in before:
                log.event(_LOG, "hangs", logging.ERROR, what=what)

    def _all_live(self) -> bool:
        threads = [*self._worker.workers, *self._worker.consumers.values(), self._keeper.thread]
        threads.append(self._reconciler.thread)
        dead = [thread.name for thread in threads if not thread.is_alive()]
        if dead or (self._needs_engine and not self._engine.living):
            log.event(_LOG, "a thread has ended that must not", logging.CRITICAL, threads=",".join(dead) or "engine")
            return False
        return True

    def _end(self) -> int:
        """Finish or give back, and go; 1 when nobody had asked for that."""
        asked = self._stop
        self._systemd.stopping()
        self._systemd.status("stopping: " + self._words())
        log.event(_LOG, "worker stops", worker=self._name, in_hand=len(self._broker.hand))
        self._reconciler.stop()
        if self._ready:
            grace_s = self._settings.worker_grace_s if asked else 0.0
            left = drain(self._broker, self._worker, self._engine, self._judge, grace_s, self._extend)
        else:
            left = 0
            self._engine.stop()
        self._keeper.stop()
        log.event(_LOG, "worker stopped", worker=self._name, given_back=left, done=self._ledger.done)
        if self._engine.fault:
            raise self._engine.fault
        return 0 if asked else 1

    def _words(self) -> str:
        """What is being done, for people."""
        if self._keeper.away:
            return "Redis is away: waiting for it"
        return words_for(self._keeper.doing, self._keeper.shares, self._ledger, time.time())

    def _report(self) -> WorkerReport:
        return WorkerReport(
            name=self._name,
            host=self._host,
            pid=os.getpid(),
            version=__version__,
            queues=self._queues,
            started_at=self._started_at,
            ready=self._ready,
            stopping=self._stop,
            doing=self._keeper.doing,
            child_pid=self._engine.child.pid,
            child_memory_bytes=self._engine.child.memory_bytes,
        )

    def _stop_soon(self) -> None:
        self._stop = True
        self._look.ring()

    def _engine_turned(self) -> None:
        self._look.ring()
        self._broker.wake()

    def _extend(self) -> None:
        now = time.monotonic()
        if now - self._extended_at > EXTEND_EVERY_S:
            self._extended_at = now
            self._systemd.extend()
