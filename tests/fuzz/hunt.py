"""Gives mutated files to real engine children, as `jobs.run_step` does, and judges what comes back."""

from __future__ import annotations

import contextlib
import math
import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from fuzz.mutate import mutated
from fuzz.recordings import recordings
from samples import engine_config

from soniclayer.domain.window import Plan, PreparedWindow
from soniclayer.engines.child import LOAD_S, PREPARE_SILENCE_S, EngineChild
from soniclayer.engines.flac import decode_flac
from soniclayer.errors import EngineDied, InputError
from soniclayer.pipeline.resume import Resume

CHILDREN = 2
MAX_DURATION_S = 600.0
MAX_MEMORY_BYTES = 700 * 2**20
"""A child that only prepares takes about 250 MB."""

SILENCE_S = 30.0
"""Longest time between two signs of life, on a machine that has other things to do as well."""

CASE_S = 60.0
"""Longest time for one file: three seconds of sound, made into ten minutes at most."""

MOST_CHARACTERS = 300
CODES = {"empty", "undecodable", "no_audio", "unsupported", "encrypted", "too_long"}


@dataclass(frozen=True)
class Case:
    """One mutated file: which one it was, what was done, and its bytes."""

    number: int
    kind: str
    deed: str
    content: bytes


@dataclass(frozen=True)
class Verdict:
    """What came of a case. `fault` is None when all promises were kept."""

    case: Case
    outcome: str
    fault: str | None
    duration_s: float
    peak_bytes: int


@dataclass
class Hunter:
    """One engine child and what it is given; a child that died is replaced by the next call."""

    folder: Path
    server: str = "soniclayer.engines.server"
    engine: EngineChild = field(init=False)

    def __post_init__(self):
        config = engine_config(max_duration_s=MAX_DURATION_S)
        scale = SILENCE_S / (LOAD_S + PREPARE_SILENCE_S)
        self.engine = EngineChild(config, MAX_MEMORY_BYTES, time_scale=scale, server=self.server)

    def judge(self, case):
        """Have a case prepared, and see what comes back."""
        path = self.folder / "source"
        path.write_bytes(case.content)
        self._forget_peak()
        start = time.monotonic()
        try:
            outcome, fault = self._prepare(path)
        except InputError as error:
            outcome, fault = f"refused: {error.code}", _fault_of_message(error)
        except EngineDied as error:
            outcome, fault = "died", f"{error.code}: {error}"
        except Exception as error:  # noqa: BLE001 - whatever gets through to the parent is what we look for
            outcome, fault = "got through", f"{type(error).__name__}: {error}"
        took_s = time.monotonic() - start
        peak = self._peak()
        if fault is None and took_s > CASE_S:
            fault = f"took {took_s:.0f} s"
        if fault is None and peak > MAX_MEMORY_BYTES:
            fault = f"took {peak / 2**20:.0f} MiB of memory"
        return Verdict(case, outcome, fault, took_s, peak)

    def _prepare(self, path):
        windows, plan = [], None
        with closing(self.engine.prepare(path, "en", Resume())) as findings:  # with a language no model is loaded
            for found in findings:
                if isinstance(found, PreparedWindow):
                    windows.append(found)
                elif isinstance(found, Plan):
                    plan = found
        if plan is None:
            return "no plan", "it ended without a plan"
        return "damaged" if plan.damage else "read", _fault_of_plan(windows, plan)

    def _forget_peak(self):
        with contextlib.suppress(OSError):
            Path(f"/proc/{self.engine.pid}/clear_refs").write_text("5")  # the peak begins anew: proc(5)

    def _peak(self):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self.engine.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        return 0


def cases(count, seed, only=()):
    """So many mutated files, of every kind in turn; each depends on the seed and its number alone.

    Args:
        count: how many.
        seed: another one gives other files.
        only: beginnings of kinds, `ogg` or `m4a-aac`; empty = all.
    """
    healthy = recordings()
    kinds = [kind for kind in healthy if not only or kind.startswith(tuple(only))]
    others = list(healthy.values())
    for number in range(count):
        chance = random.Random(f"{seed} {number}")
        kind = kinds[number % len(kinds)]
        content, deed = mutated(chance, healthy[kind], others)
        yield Case(number, kind, deed, content)


def hunt(given, folder, told, server="soniclayer.engines.server"):
    """Judge cases in CHILDREN engine children at a time; calls `told` with each Verdict, one at a time."""
    waiting, taking, telling = iter(given), Lock(), Lock()

    def work(place):
        here = Path(folder) / str(place)
        here.mkdir()
        hunter = Hunter(here, server)
        try:
            while True:
                with taking:
                    case = next(waiting, None)
                if case is None:
                    return
                verdict = hunter.judge(case)
                with telling:
                    told(verdict)
        finally:
            hunter.engine.stop()

    with ThreadPoolExecutor(CHILDREN) as pool:
        for work_done in [pool.submit(work, place) for place in range(CHILDREN)]:
            work_done.result()


def _fault_of_plan(windows, plan):
    """What is wrong with what `prepare` gave: windows must tile the recording, and hold sound and numbers."""
    ends = [0.0, *(found.window.end_s for found in windows)]
    starts = [*(found.window.start_s for found in windows), plan.duration_s]
    if starts != ends or [found.window.number for found in windows] != list(range(plan.windows)):
        return f"the windows do not tile the {plan.duration_s} s"
    for window, flac in ((found.window, found.flac) for found in windows):
        decode_flac(flac, window.duration_s)
        steps = math.ceil(round(window.duration_s * 10, 3))
        if len(window.momentary_lufs) != steps or len(window.peaks) != steps:
            return f"window {window.number} has {len(window.momentary_lufs)} values for {window.duration_s} s"
        if not all(map(math.isfinite, window.momentary_lufs)):
            return f"window {window.number} has a loudness that is no number"
    return _fault_of_line(plan.damage) if plan.damage is not None else None


def _fault_of_message(error):
    if error.code not in CODES:
        return f"unknown code {error.code}: {error}"
    return _fault_of_line(str(error))


def _fault_of_line(line):
    if not line or len(line) > MOST_CHARACTERS or not line.isprintable() or "Traceback" in line:
        return f"no line for people: {line[: 2 * MOST_CHARACTERS]!r}"
    return None
