"""The figures as a table for people, and as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bench.figures import SMALLEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.figures import Figure

TITLES = {
    "analyze_vs_limit": "analyze / bare limit",
    "default_vs_analyze": "user's script / analyze",
    "cpu_share_prepare": "CPU share: prepare",
    "cpu_share_labels": "CPU share: classify, evaluate, summarise",
    "first_window_s": "first finished window of an hour",
    "peak_memory_ratio_4h": "peak memory of a child, 4 h / 10 min",
    "peak_child_bytes": "peak memory of a child, 4 h",
    "peak_parent_bytes": "peak memory of the parent, 4 h",
    "wer_analyze": "word error rate: analyze",
    "wer_limit": "word error rate: bare limit",
    "wer_script": "word error rate: user's script",
    "limit_s": "bare limit",
    "analyze_s": "analyze",
    "script_s": "user's script",
    "backend_ready_s": "backend: ready",
    "backend_bytes": "backend: memory of a process",
    "upload_vs_bare": "upload: speed / bare loop",
    "segments_vs_bare": "segments: requests a second / bare route",
    "list_page_s": "list: a page of 100,000 recordings",
    "step_s": "a step beside its engine",
    "two_workers_vs_one": "two workers / one",
    "suite_vs_limit": "bare limit / warm suite of two workers",
    "langflow_vs_theory": "40 segments, 5 personas / what 4 calls allow",
    "langflow_real_vs_theory": "the same through a real Langflow",
    "langflow_vs_bare": "the same, through a real one / a bare loop",
    "langflow_connections": "connections to Langflow",
    "langflow_threads": "threads that wait for it",
    "dashboard_open_s": "dashboard: a recording of 4 h opens",
    "dashboard_frame_s": "dashboard: a frame while its text scrolls",
    "dashboard_seek_s": "dashboard: to the next segment of it",
    "analyze_vs_limit_cpu": "analyze / bare limit, CPU time",
    "default_vs_analyze_cpu": "user's script / analyze, CPU time",
}

MILLISECONDS = {"list_page_s", "step_s", "dashboard_frame_s", "dashboard_seek_s"}
COUNTS = {"langflow_connections", "langflow_threads"}

BUSY = 0.5
"""Load per core before the start above which others had a share in the machine."""


def table(figures: Mapping[str, Figure], machine: Mapping[str, Any]) -> str:
    """Every figure beside its target."""
    lines = [f"{machine['processor']}, {machine['cores']} cores, Python {machine['python']}", ""]
    lines += [_line(name, figures[name]) for name in TITLES if name in figures]
    if machine["load_before"] > BUSY * machine["cores"]:
        lines += ["", f"The machine was busy (load {machine['load_before']}): do not trust the times."]
    return "\n".join(lines)


def document(figures: Mapping[str, Figure], raw: Mapping[str, Any], machine: Mapping[str, Any]) -> str:
    """Everything, figures first: each with `value`, `target` (null: none) and `met`."""
    told = {name: asdict(one) for name, one in figures.items()}
    return json.dumps({**told, "machine": machine, "measured": raw}, indent=1) + "\n"


def _line(name: str, one: Figure) -> str:
    verdict = {True: "met", False: "MISSED", None: ""}[one.met]
    bound = "at least" if name in SMALLEST else "at most"
    target = f"{bound} {_value(name, one.target)}" if one.target is not None else ""
    return f"{TITLES[name]:42}{_value(name, one.value):>10}  {target:18}{verdict}".rstrip()


def _value(name: str, value: float) -> str:
    if name.endswith("_bytes"):
        return f"{value / 1e6:.0f} MB"
    if name.startswith(("cpu_share", "wer")):
        return f"{100 * value:.1f} %"
    if name in MILLISECONDS:
        return f"{1000 * value:.1f} ms"
    if name in COUNTS:
        return f"{value:.0f}"
    return f"{value:.1f} s" if name.endswith("_s") else f"{value:.2f} x"
