"""Small things many tests need: personas, what is wanted, a store with a recording."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from soniclayer.definitions.labels import load_labels
from soniclayer.definitions.personas import load_personas
from soniclayer.domain.recording import Options, Wanted
from soniclayer.engines.messages import EngineConfig
from soniclayer.jobs.accept import accept
from soniclayer.jobs.board import Board
from soniclayer.jobs.crew import Crew
from soniclayer.jobs.upload import take_upload
from soniclayer.storage.recordings import Recordings

if TYPE_CHECKING:
    from soniclayer.storage.local import LocalStore

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "config"
DATA = ROOT / "tests" / "data"


@cache
def labels_of_config():
    """The labels that come with SonicLayer."""
    return load_labels(CONFIG / "labels.yaml")


@cache
def all_personas():
    """The personas that come with SonicLayer."""
    return load_personas(CONFIG / "personas", labels_of_config())


def engine_config(models_dir: Path | str = "/nowhere", max_duration_s: float = 3600.0) -> EngineConfig:
    """Of a child with the smallest models."""
    return EngineConfig(
        models_dir=str(models_dir),
        speech_model="whisper-tiny.en",
        device="cpu",
        compute_type="auto",
        threads=1,
        label_backend="embedding",
        label_model="minilm",
        labels=labels_of_config(),
        max_duration_s=max_duration_s,
    )


def wanted(*names: str, language: str | None = None) -> Wanted:
    """All personas, or the named ones."""
    chosen = tuple(persona for persona in all_personas() if not names or persona.name in names)
    return Wanted(chosen, Options(language, "fake", "fake", "f" * 12))


def take_in(store: LocalStore, data: bytes = b"some audio", what: Wanted | None = None, name: str = "a.wav"):
    """The run of a recording accepted into `store`."""
    return accept(Recordings(store), io.BytesIO(data), name, what or wanted("gen_z", "parent"))


def upload(recordings, courier, data: bytes = b"some audio", what: Wanted | None = None, name: str = "a.wav", **facts):
    """What `take_upload` makes of these bytes."""
    with recordings.receive() as incoming:
        incoming.write(data)
        return take_upload(recordings, courier, incoming, name, what or wanted("gen_z", "parent"), **facts)


def work_off(run, *engines, judge=None) -> Board:
    """Run every step of a recording."""
    board = Board()
    crew = Crew(board, engines, judge)
    board.add(run)
    board.close()
    try:
        assert board.wait(300), "the board was not worked off within 300 s"
    finally:
        board.stop()
        crew.join()
    return board


def results_of(store: LocalStore) -> dict[str, bytes]:
    """Everything that was computed, by name without the random run."""
    found = {}
    for name in store.list(""):
        parts = name.split("/")
        if parts[0] != "open" and len(parts) > 2 and not name.endswith("audio.flac"):
            found["/".join([parts[0], *parts[2:]])] = store.read(name)
    return found
