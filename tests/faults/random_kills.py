"""Many kills at random over many recordings, on this machine itself: what `make faults` does after the experiments.

What it kills, how often, is in `faults/kills.py`. The seed makes victims and pauses the same again; what the machine
does in between is its own.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from faults.kills import kill_at_random
from service import running_service
from sound_files import RATE_HZ, read_samples, write_audio

from soniclayer.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

JFK = Path(__file__).parent.parent / "data" / "jfk.flac"
LENGTH_S = 4
DEATHS = 3
"""At the third death of an engine child at the same step it is given up: with so many kills that happens."""


@dataclass(frozen=True)
class Kills:
    """How many processes die while how many recordings are worked on, and how long the rest may take afterwards."""

    kills: int
    recordings: int
    workers: int
    seed: int
    patience_s: float


def random_kills(plan: Kills, tell: Callable[[str], None]) -> bool:
    """Whether every recording has ended, and none is incomplete without a reason."""
    models = load_settings().models_dir
    with (
        tempfile.TemporaryDirectory(prefix="faults-") as folder,
        running_service(Path(folder) / "service", models, plan.workers) as service,
    ):
        audio_ids = _upload(service, Path(folder), plan.recordings)
        start = time.monotonic()
        killed = kill_at_random(service, plan.kills, plan.seed, tell)
        tell(f"killed in {time.monotonic() - start:.0f} s: {dict(killed)}")
        service.wait_ended(audio_ids, plan.patience_s)
        states = Counter(service.state(audio_id) for audio_id in audio_ids)
        attempts = [failure.attempts for one in audio_ids for failure in service.run(one).failures()]
    tell(f"{len(audio_ids)} recordings, {killed.total()} kills: {dict(states)}; steps given up: {len(attempts)}")
    return set(states) <= {"completed", "completed_with_errors"} and set(attempts) <= {DEATHS}


def _upload(service, folder: Path, count: int) -> list[str]:
    """Ids of so many different short recordings."""
    sound = read_samples(JFK)
    step = (len(sound) - LENGTH_S * RATE_HZ) // count
    starts = (number * step for number in range(count))
    files = (write_audio(folder / f"{start}.wav", sound[start : start + LENGTH_S * RATE_HZ]) for start in starts)
    return [service.upload(path) for path in files]
