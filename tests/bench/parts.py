"""The three parts of the benchmark. Each gives its figures, and what it measured them from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from statistics import median
from typing import TYPE_CHECKING, Any

import jiwer
from bench.contestants import BATCHES, Contestants, Heard, analyze_command
from bench.figures import Figure, Round, error_rate_figures, figure, memory_figures, speed_figures
from bench.processes import run_together, seconds_until
from quality.normalise import normalise
from quality.truth import load_truth

from soniclayer.domain.step import window_steps
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench.broadcast import Recording

    Tell = Callable[[str], None]

Measured = tuple[dict[str, Figure], Any]
"""Figures by name, and the raw numbers behind them."""


def speed(recording: Recording, runs: int, folder: Path, tell: Tell) -> Measured:
    """The three against each other, in turns, so that each round has the machine as it is then."""
    contestants = Contestants(recording.audio, folder)
    batch, tried = best_batch(contestants, tell)
    rounds = []
    for number in range(1, runs + 1):
        limit = contestants.limit(batch)
        analyze = contestants.analyze()
        script = contestants.script()
        rounds.append(Round(limit, analyze, script))
        took = (
            f"limit {limit.took.wall_s:.1f} s, analyze {analyze.took.wall_s:.1f} s, script {script.took.wall_s:.1f} s"
        )
        tell(f"speed, run {number} of {runs}: {took}")
    figures = speed_figures(rounds) | (_error_rates(recording.truth, rounds[-1]) if recording.truth else {})
    raw = {"audio": recording.audio.name, "batch": batch, "batches": tried, "runs": [_raw(one) for one in rounds]}
    return figures, raw


def first_window(hour: Recording, runs: int, folder: Path, tell: Tell) -> Measured:
    """How long until all steps of a window are done; the rest of the hour is not waited for."""
    audio_id = hashlib.sha256(hour.audio.read_bytes()).hexdigest()
    waited_s = []
    for number in range(1, runs + 1):
        place = folder / f"first-{number}"
        place.mkdir()
        seen = _a_window_is_done(place / "store", audio_id)
        waited_s.append(round(seconds_until(seen, analyze_command(hour.audio, place)), 3))
        tell(f"first window, run {number} of {runs}: {waited_s[-1]:.1f} s")
    return {"first_window_s": figure("first_window_s", median(waited_s))}, {"runs": waited_s}


def memory(short: Recording, long: Recording, folder: Path, tell: Tell) -> Measured:
    """Peaks on ten minutes and on four hours."""
    timings = []
    for name, recording in (("short", short), ("long", long)):
        place = folder / f"memory-{name}"
        place.mkdir()
        tell(f"memory: analysing the {name} recording")
        run_together([analyze_command(recording.audio, place)])
        timings.append(json.loads((place / "timings.json").read_text()))
    return memory_figures(*(one["peak_bytes"] for one in timings)), {"10_min": timings[0], "4_h": timings[1]}


def best_batch(contestants: Contestants, tell: Tell) -> tuple[int, dict[int, float]]:
    """The batch with which the bare limit is fastest here, and what each took in seconds."""
    tried = {}
    for batch in BATCHES:
        tried[batch] = round(contestants.limit(batch).took.wall_s, 3)
        tell(f"speed, bare limit with batch {batch}: {tried[batch]:.1f} s")
    return min(BATCHES, key=tried.__getitem__), tried


def word_error_rate(truth: Path, text: str) -> float:
    """Of all that is said in a programme, in its order; normalised as `make quality` does it."""
    said = " ".join(part.text for part in load_truth(truth).parts)
    rate: float = jiwer.wer(" ".join(normalise(said)), " ".join(normalise(text)))
    return rate


def _a_window_is_done(store: Path, audio_id: str) -> Callable[[], bool]:
    recordings = Recordings(LocalStore(store))

    def seen() -> bool:
        recording = recordings.get(audio_id)
        if recording is None:
            return False
        survey = recordings.run(recording).survey()
        return any(not window_steps(survey, window) for window in survey.windows)

    return seen


def _error_rates(truth: Path, one: Round) -> dict[str, Figure]:
    heard: Sequence[Heard] = (one.limit, one.analyze, one.script)
    return error_rate_figures(*(word_error_rate(truth, each.text) for each in heard))


def _raw(one: Round) -> dict[str, Any]:
    took = {name: asdict(getattr(one, name).took) for name in ("limit", "analyze", "script")}
    return {**took, "timings": one.analyze.timings}
