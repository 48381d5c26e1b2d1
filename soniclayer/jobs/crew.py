"""Threads that work a board off: one per engine, and one for what needs none; more where that waits for a judge."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from soniclayer.errors import EngineDied, EngineStopped, JudgeBusy
from soniclayer.jobs.attempt import attempt
from soniclayer.jobs.cost import total_s
from soniclayer.jobs.engine import Engines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from soniclayer.domain.step import Step
    from soniclayer.jobs.board import Board
    from soniclayer.jobs.cost import Purpose
    from soniclayer.jobs.engine import Engine
    from soniclayer.jobs.judge import Judge
    from soniclayer.storage.run import Run


ASKING = 16
"""Threads for steps that need no engine, where a judge is asked: most of them wait, and a slow flow keeps some."""


class Crew:
    """Starts at once. Ends when the board is complete or stopped; `join` waits for that."""

    def __init__(self, board: Board, engines: Sequence[Engine], judge: Judge | None = None) -> None:
        self._board = board
        self._judge = judge
        self._cpu_s: dict[Purpose, float] = {}
        self._booking = threading.Lock()
        self._threads = [
            threading.Thread(target=self._work_with, args=(engine, may_run(place, len(engines))), daemon=True)
            for place, engine in enumerate(engines)
        ]
        for _ in range(ASKING if judge else 1):
            self._threads.append(threading.Thread(target=self._work, args=(engines[0], needs_no_engine), daemon=True))
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until every thread has ended."""
        for thread in self._threads:
            thread.join()

    @property
    def cpu_s(self) -> dict[Purpose, float]:
        """CPU seconds of this process by stage: all of a light one, of the others what it took to ask and to store."""
        with self._booking:
            return dict(self._cpu_s)

    def _work_with(self, engine: Engine, fits: Callable[[Step], bool]) -> None:
        # While the first recording is still being taken in. What kills a child here kills it at its first step again,
        # and there it is counted.
        with self._told(), suppress(EngineDied):
            engine.warm_up(hearing=fits is not first_may_run, speech=True, labels=fits is not others_may_run)
        self._work(engine, fits)

    def _work(self, engine: Engine, fits: Callable[[Step], bool]) -> None:
        with self._told():
            while (taken := self._board.take(fits)) is not None:
                started_s = time.thread_time()
                self._do(*taken, engine)
                self._book(taken[1], time.thread_time() - started_s)

    def _book(self, step: Step, cpu_s: float) -> None:
        with self._booking:
            self._cpu_s = total_s(self._cpu_s, {step.stage: cpu_s})

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What ends a thread ends the work; `Board.wait` raises it."""
        try:
            yield
        except EngineStopped:
            self._board.stop()
        except BaseException as error:  # noqa: BLE001 - it is raised again by Board.wait
            self._board.stop(error)

    def _do(self, run: Run, step: Step, engine: Engine) -> None:
        """Run a step, and tell the board how it ended; what is nobody's fault but the machine's is raised."""
        found = partial(self._board.seen, step.audio_id)
        engines = Engines(engine, self._judge)
        try:
            ended = attempt(run, step, engines, found, partial(self._board.count_attempt, step)).ended
        except JudgeBusy as busy:
            self._board.put_back(step, busy.delay_s)
            return
        if ended == "done":
            self._board.done(step)
        elif ended == "died":
            self._board.put_back(step)
        else:
            self._board.given_up(step)


def needs_no_engine(step: Step) -> bool:
    """Whether a step is light."""
    return step.stage in {"evaluate", "summarise"}


def first_may_run(step: Step) -> bool:
    """Steps for the first of several engines: never `prepare`, so that no first window waits for all to be read."""
    return step.stage in {"transcribe", "classify"}


def others_may_run(step: Step) -> bool:
    """Steps for the others: they classify first windows alone, so that mostly one engine loads the label model."""
    return step.stage in {"prepare", "transcribe"} or (step.stage == "classify" and step.window == 0)


def may_run(place: int, engines: int) -> Callable[[Step], bool]:
    """Which steps the engine at a place among so many runs."""
    if engines == 1:
        return lambda step: not needs_no_engine(step)
    return first_may_run if place == 0 else others_may_run
