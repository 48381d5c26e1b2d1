"""Makes recordings of any length from the parts of the sample broadcast, in an order drawn by a seed, with their truth.

One part is in memory at a time beside the sample itself (8 MB), so hours cost no more than minutes. What was made is
kept in the user's cache, under a name that holds the hash of all it was made from.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from sound_files import BROADCAST, RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterator

GAP_S = 0.4
"""Silence between two parts, as in the sample."""

FORM = 1
"""Counts up whenever the same seed and length would give another file."""


@dataclass(frozen=True)
class Recording:
    """An audio file, and where it is known, what is said in it, in the form of the sample's `truth.json`."""

    audio: Path
    truth: Path | None


def make_broadcast(folder: Path, least_s: float, seed: int = 1) -> Recording:
    """A recording of at least so many seconds, ending with a whole part; made only if it is not there yet."""
    name = f"broadcast-{least_s:.0f}s-{_key(least_s, seed)}"
    audio, truth = folder / f"{name}.flac", folder / f"{name}.json"
    if not truth.exists():  # it is written last
        folder.mkdir(parents=True, exist_ok=True)
        fresh = truth.with_suffix(".new")
        fresh.write_text(json.dumps(_write(audio, least_s, seed), indent=1))
        fresh.rename(truth)
    return Recording(audio, truth)


def cache_folder() -> Path:
    """Where recordings are kept."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "soniclayer" / "bench"


def shuffled_parts(parts: list[dict], least_s: float, seed: int) -> Iterator[tuple[dict, dict]]:
    """Pairs of a part of the sample and the same part where it comes to lie, until `least_s` is full.

    Every part comes once before any comes again.
    """
    chance = random.Random(seed)
    at_s, count = 0.0, 0
    while at_s < least_s:
        for part in chance.sample(parts, len(parts)):
            count += 1
            moved = _moved(part, at_s - part["start_s"], count)
            yield part, moved
            if moved["end_s"] >= least_s:
                return
            at_s = moved["end_s"] + GAP_S


def _write(path: Path, least_s: float, seed: int) -> dict:
    truth = json.loads(_truth_file().read_text())
    sample = _read(BROADCAST)
    moved_parts = []
    with av.open(path, "w") as container:
        stream = container.add_stream("flac", rate=RATE_HZ)
        stream.layout, stream.format = "mono", "s16"
        written = 0
        for part, moved in shuffled_parts(truth["parts"], least_s, seed):
            silence = np.zeros(round(moved["start_s"] * RATE_HZ) - written, np.int16)
            sound = sample[round(part["start_s"] * RATE_HZ) : round(part["end_s"] * RATE_HZ)]
            for samples in (silence, sound):
                written += _mux(container, stream, samples, written)
            moved_parts.append(moved)
        container.mux(stream.encode(None))
    return {**truth, "audio": path.name, "duration_s": moved_parts[-1]["end_s"], "parts": moved_parts}


def _mux(container, stream, samples: np.ndarray, position: int) -> int:
    if len(samples):
        frame = av.AudioFrame.from_ndarray(samples[None], "s16", "mono")
        frame.sample_rate, frame.pts = RATE_HZ, position
        container.mux(stream.encode(frame))
    return len(samples)


def _read(path: Path) -> np.ndarray:
    with av.open(path) as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])


def _moved(part: dict, by_s: float, number: int) -> dict:
    moved = {**part, **_times(part, by_s), "id": number}
    if "sentences" in part:
        moved["sentences"] = [{**sentence, **_times(sentence, by_s)} for sentence in part["sentences"]]
    return moved


def _times(span: dict, by_s: float) -> dict:
    return {name: round(span[name] + by_s, 3) for name in ("start_s", "end_s")}


def _truth_file() -> Path:
    return BROADCAST.with_name("truth.json")


def _key(least_s: float, seed: int) -> str:
    told = f"{FORM} {least_s:g} {seed} {GAP_S} ".encode()
    return hashlib.sha256(told + BROADCAST.read_bytes() + _truth_file().read_bytes()).hexdigest()[:12]
