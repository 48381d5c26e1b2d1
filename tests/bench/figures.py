"""The figures, and what is promised of each."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from bench.contestants import Heard

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LARGEST = {
    "analyze_vs_limit": 1.15,
    "peak_memory_ratio_4h": 1.15,
    "first_window_s": 6.0,
    "cpu_share_prepare": 0.15,
    "cpu_share_labels": 0.04,
    "peak_child_bytes": 1e9,
    "peak_parent_bytes": 120e6,
    "backend_ready_s": 1.0,
    "backend_bytes": 120e6,
    "list_page_s": 0.02,
    "step_s": 0.01,
    "langflow_vs_theory": 1.2,
    "langflow_vs_bare": 1.2,
    "langflow_connections": 5,
    "langflow_threads": 17,
    "dashboard_open_s": 2.0,
    "dashboard_frame_s": 0.034,
    "dashboard_seek_s": 0.1,
}
SMALLEST = {
    "default_vs_analyze": 2.7,
    "upload_vs_bare": 0.6,
    "segments_vs_bare": 0.5,
    "two_workers_vs_one": 1.7,
    "suite_vs_limit": 0.9,
}

LABEL_STAGES = ("classify", "evaluate", "summarise")


@dataclass(frozen=True)
class Figure:
    """A measured value; `target` is the largest allowed, or for a name in SMALLEST the smallest; None = none is set."""

    value: float
    target: float | None = None
    met: bool | None = None


@dataclass(frozen=True)
class Round:
    """One run of each contestant, one after the other."""

    limit: Heard
    analyze: Heard
    script: Heard


def figure(name: str, value: float) -> Figure:
    """A value beside what is promised of it."""
    value = round(value, 4)
    if name in LARGEST:
        return Figure(value, LARGEST[name], value <= LARGEST[name])
    if name in SMALLEST:
        return Figure(value, SMALLEST[name], value >= SMALLEST[name])
    return Figure(value)


def speed_figures(rounds: Sequence[Round]) -> dict[str, Figure]:
    """Medians over the rounds; a ratio is taken within each round, where both had the same machine."""
    values = {
        "analyze_vs_limit": [one.analyze.took.wall_s / one.limit.took.wall_s for one in rounds],
        "default_vs_analyze": [one.script.took.wall_s / one.analyze.took.wall_s for one in rounds],
        "cpu_share_prepare": [_share(one, ["prepare"]) for one in rounds],
        "cpu_share_labels": [_share(one, LABEL_STAGES) for one in rounds],
        "analyze_vs_limit_cpu": [one.analyze.took.cpu_s / one.limit.took.cpu_s for one in rounds],
        "default_vs_analyze_cpu": [one.script.took.cpu_s / one.analyze.took.cpu_s for one in rounds],
        "limit_s": [one.limit.took.wall_s for one in rounds],
        "analyze_s": [one.analyze.took.wall_s for one in rounds],
        "script_s": [one.script.took.wall_s for one in rounds],
    }
    return {name: figure(name, median(many)) for name, many in values.items()}


def memory_figures(short: Mapping[str, int], long: Mapping[str, int]) -> dict[str, Figure]:
    """Of the peaks of each process, in bytes by its name, on ten minutes and on four hours."""
    children = [name for name in long if name != "parent"]
    values = {
        "peak_memory_ratio_4h": max(long[name] / short[name] for name in children),
        "peak_child_bytes": max(long[name] for name in children),
        "peak_parent_bytes": long["parent"],
    }
    return {name: figure(name, value) for name, value in values.items()}


def error_rate_figures(limit: float, analyze: float, script: float) -> dict[str, Figure]:
    """Word error rates; ours has to be no worse than the user's script's."""
    rates = {"wer_limit": figure("wer_limit", limit), "wer_script": figure("wer_script", script)}
    return {"wer_analyze": Figure(round(analyze, 4), round(script, 4), analyze <= script), **rates}


def _share(one: Round, stages: Iterable[str]) -> float:
    """Of all the CPU time of a run of ours, loading included, what these stages took."""
    assert one.analyze.timings is not None
    cpu_s = one.analyze.timings["cpu_s"]
    return sum(cpu_s[stage] for stage in stages) / sum(cpu_s.values())
