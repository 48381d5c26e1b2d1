"""The part of the benchmark that measures the way to Langflow: how well the calls that may be made at once are used."""

from __future__ import annotations

import heapq
import itertools
import json
import math
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

import requests
from bench.figures import figure
from bench.processes import CommandFailed
from bench.slow_langflow import MODEL_S
from samples import all_personas

from soniclayer.engines.langflow.contracts import list_input
from soniclayer.engines.langflow.judge import LangflowJudge
from soniclayer.engines.langflow.own_breakers import OwnBreakers
from soniclayer.errors import JudgeBusy
from soniclayer.jobs.judge import Question
from soniclayer.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from bench.parts import Measured

    from soniclayer.domain.persona import Persona

    Tell = Callable[[str], None]

PERSONAS = 5
WINDOWS, SEGMENTS = 10, 4
"""Of a minute each: forty segments of 15 s."""

TICK_S = 0.5
"""A worker looks so often for steps that were put off."""


def langflow(runs: int, folder: Path, tell: Tell) -> Measured:
    """As many threads as a worker has, and its two settings; the model behind the flows takes MODEL_S.

    Once with a server that only plays Langflow, which tells what our side makes of its calls, and once with a real one,
    which does its own work at each call, on the same cores.
    """
    del folder
    raw: dict[str, list[dict[str, float]]] = {}
    for kind in ("script", "real"):
        with _server(kind) as (url, key):
            raw[kind] = [_round(url, key) for _ in range(runs)]
        tell(f"langflow, {kind}: {json.dumps(raw[kind])}")
    values = {
        "langflow_vs_theory": median(one["vs_theory"] for one in raw["script"]),
        "langflow_real_vs_theory": median(one["vs_theory"] for one in raw["real"]),
        "langflow_vs_bare": median(one["vs_bare"] for one in raw["real"]),
        "langflow_connections": max(one["connections"] for one in raw["real"]),
        "langflow_threads": max(one["threads"] for one in raw["real"]),
    }
    return {name: figure(name, value) for name, value in values.items()}, raw


@contextmanager
def _server(kind: str) -> Iterator[tuple[str, str]]:
    command = [sys.executable, "-m", "bench.slow_langflow", kind]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        told = process.stdout.readline().split()
        if not told:
            raise CommandFailed(f"{' '.join(command)}: it did not start")
        yield told[0], told[1]
        process.stdin.close()


def _personas() -> list[Persona]:
    return [replace(persona, flow="") for persona in all_personas()[:PERSONAS]]


def _round(url: str, key: str) -> dict[str, float]:
    settings = Settings()
    judge = LangflowJudge(
        url,
        key,
        breakers=OwnBreakers(),
        calls=settings.langflow_concurrency,
        timeout_s=settings.langflow_timeout_s,
    )
    bare_s = _bare_loop_s(url, key, settings.langflow_concurrency)
    before, started_s = threading.active_count(), time.monotonic()
    with ThreadPoolExecutor(settings.worker_evaluators) as threads:
        steps = _Steps(itertools.product(_personas(), range(WINDOWS)))
        ends = [threads.submit(steps.work_off, judge) for _ in range(settings.worker_evaluators)]
        most_threads = 0
        while not all(end.done() for end in ends):
            most_threads = max(most_threads, threading.active_count())
            time.sleep(TICK_S / 10)
    took_s = time.monotonic() - started_s
    judged = sum(end.result() for end in ends)
    assert judged == PERSONAS * WINDOWS * SEGMENTS, f"{judged} segments were judged"
    pool = next(iter(judge._calls._transport._session.get_adapter(url).poolmanager.pools._container.values()))
    judge.stop()
    rounds = math.ceil(PERSONAS * WINDOWS / settings.langflow_concurrency)
    return {
        "vs_theory": round(took_s / (rounds * MODEL_S), 3),
        "vs_bare": round(took_s / bare_s, 3),
        "connections": pool.num_connections,
        "threads": most_threads - before,
        "took_s": round(took_s, 3),
        "bare_s": round(bare_s, 3),
    }


def _bare_loop_s(url: str, key: str, calls: int) -> float:
    """The same calls, made by so many threads that do nothing else, with a connection each."""
    asked = iter(
        [
            (persona.flow_name, list_input(persona, _window(number)))
            for persona, number in itertools.product(_personas(), range(WINDOWS))
        ]
    )

    def work() -> None:
        with requests.Session() as session:
            session.trust_env = False
            for flow, input_value in asked:  # a list's iterator: safe to share
                body = {"input_value": input_value, "input_type": "chat", "output_type": "chat", "session_id": "bare"}
                place = f"{url}/api/v1/run/{flow}"
                session.post(place, json=body, headers={"x-api-key": key}, timeout=60).raise_for_status()

    started_s = time.monotonic()
    with ThreadPoolExecutor(calls) as threads:
        for end in [threads.submit(work) for _ in range(calls)]:
            end.result()
    return time.monotonic() - started_s


def _window(number: int) -> list[Question]:
    text = (
        "There was some rain this morning, and there will be more of it in the afternoon, says the man with the maps."
    )
    return [Question(f"{number:04d}.{at:02d}", text, "Weather", "Calm") for at in range(SEGMENTS)]


class _Steps:
    """Steps as the queue gives them: in their order, and those that were put off when their time has come."""

    def __init__(self, steps: Iterable[tuple[Persona, int]]) -> None:
        self._due = [(0.0, number, step) for number, step in enumerate(steps)]
        self._left = len(self._due)
        self._changed = threading.Condition()

    def work_off(self, judge: LangflowJudge) -> int:
        """Until none is left; the number of segments that were judged here."""
        judged = 0
        while (taken := self._take()) is not None:
            number, (persona, window) = taken
            try:
                judged += len(judge.judge(persona, _window(window)).evaluations)
            except JudgeBusy as busy:
                self._put_off(busy.delay_s, number, (persona, window))
            else:
                self._done()
        return judged

    def _take(self) -> tuple[int, tuple[Persona, int]] | None:
        with self._changed:
            while self._left:
                if self._due and self._due[0][0] <= time.monotonic():
                    return heapq.heappop(self._due)[1:]
                self._changed.wait(TICK_S / 10)
            return None

    def _put_off(self, delay_s: float, number: int, step: tuple[Persona, int]) -> None:
        """A worker looks every TICK_S for what was put off."""
        due_s = math.ceil((time.monotonic() + delay_s) / TICK_S) * TICK_S
        with self._changed:
            heapq.heappush(self._due, (due_s, number, step))

    def _done(self) -> None:
        with self._changed:
            self._left -= 1
            self._changed.notify_all()
