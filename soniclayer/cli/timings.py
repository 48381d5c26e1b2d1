"""`--timings PATH`: what an analysis took, as JSON, for those who measure or tune."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from soniclayer.domain.step import STAGES
from soniclayer.errors import ConfigError
from soniclayer.export.replace_file import replace_file
from soniclayer.jobs.cost import FREE, Purpose, peak_memory_bytes, total_s

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soniclayer.jobs.board import Board
    from soniclayer.jobs.cost import Cost
    from soniclayer.jobs.crew import Crew


@dataclass(frozen=True)
class Timings:
    """See docs/performance.md; the names are those of the JSON."""

    audio_s: float
    wall_s: float
    real_time_factor: float | None
    first_window_s: float | None
    cpu_s: dict[Purpose, float]
    peak_bytes: dict[str, int]


def check_target(path: str, *, stdout_taken: bool) -> None:
    """Refuse what cannot be written to, before hours of work rest on it.

    Raises:
        ConfigError: standard output is taken by an export, or the folder is missing.
    """
    if path == "-":
        if stdout_taken:
            raise ConfigError("--timings: only one thing can go to standard output (-)")
    elif not Path(path).expanduser().parent.is_dir():
        raise ConfigError(f"--timings {path}: there is no folder {Path(path).expanduser().parent}")


def timings_now(board: Board, crew: Crew, children: Sequence[Cost]) -> Timings:
    """What this process and its engine children (which have ended) took from its start until now."""
    wall_s = _ran_s()
    audio_s = sum(one.total_s for one in board.progress())
    waited_s = None if board.first_window_at is None else time.monotonic() - board.first_window_at
    return Timings(
        audio_s=round(audio_s, 3),
        wall_s=round(wall_s, 3),
        real_time_factor=round(wall_s / audio_s, 4) if audio_s else None,
        first_window_s=None if waited_s is None else round(wall_s - waited_s, 3),
        cpu_s=_cpu_s(crew, sum(children, start=FREE)),
        peak_bytes={"parent": peak_memory_bytes()} | {f"child_{i}": cost.peak_bytes for i, cost in enumerate(children)},
    )


def write_timings(path: str, timings: Timings) -> None:
    """Write them to PATH, or to standard output for `-`.

    Raises:
        StoreError: it cannot be written; StoreFull where the disk is full.
    """
    text = json.dumps(asdict(timings), indent=2) + "\n"
    if path == "-":
        sys.stdout.write(text)
    else:
        replace_file(Path(path).expanduser(), text.encode())


def _cpu_s(crew: Crew, children: Cost) -> dict[Purpose, float]:
    """CPU time of every stage, in all processes; `other` is the rest of what the kernel has counted."""
    by_purpose = total_s(crew.cpu_s, children.cpu_s)
    stages: dict[Purpose, float] = {stage: round(by_purpose.get(stage, 0.0), 3) for stage in STAGES}
    used = os.times()
    everything_s = used.user + used.system + used.children_user + used.children_system
    return {**stages, "other": round(max(0.0, everything_s - sum(stages.values())), 3)}


def _ran_s() -> float:
    """Seconds since this process was started, to the kernel's clock tick (10 ms)."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    started_s = int(fields[19]) / os.sysconf("SC_CLK_TCK")  # starttime, proc(5) field 22
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started_s
