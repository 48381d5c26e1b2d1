"""In what condition a model is on disk."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from soniclayer.models.folder import Pin, hash_file, read_record, size_fault

if TYPE_CHECKING:
    from pathlib import Path

    from soniclayer.models.catalogue import Model


class State(str, Enum):
    """`partial`: a fetch was interrupted, or a file is missing; `damaged`: a file is there and wrong."""

    READY = "ready"
    PARTIAL = "partial"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True)
class Condition:
    """The state, and one line per file that is not right, e.g. `model.bin is missing`."""

    state: State
    faults: tuple[str, ...] = ()


def find_condition(model: Model, models_dir: Path, *, hashed: bool) -> Condition:
    """How the model is.

    Args:
        model: from the catalogue.
        models_dir: folder of all models.
        hashed: read every byte (about 0.4 s for 100 MB); else existence and size decide.
    """
    folder = models_dir / model.name
    if not folder.is_dir():
        partial = partial_dir(models_dir, model.name)
        begun = partial.is_dir() and any(partial.iterdir())
        return Condition(State.PARTIAL if begun else State.MISSING, ("it is not there",))
    pins = find_pins(model, folder)
    missing: list[str] = []
    wrong: list[str] = []
    for file in model.files:
        fault = file_fault(folder / file.name, pins.get(file.name), hashed=hashed)
        if fault:
            (missing if fault == "is missing" else wrong).append(f"{file.name} {fault}")
    if wrong:
        return Condition(State.DAMAGED, (*wrong, *missing))
    return Condition(State.PARTIAL if missing else State.READY, tuple(missing))


def find_pins(model: Model, folder: Path) -> dict[str, Pin]:
    """What each file must be: as the catalogue says, else as recorded when it was fetched, if it was."""
    pins = read_record(folder)
    for file in model.files:
        if file.sha256 is not None and file.size_bytes is not None:
            pins[file.name] = Pin(file.sha256, file.size_bytes)
    return pins


def file_fault(path: Path, pin: Pin | None, *, hashed: bool) -> str | None:
    """What is wrong with a file; None: nothing, as far as it was looked at."""
    if not path.is_file():
        return "is missing"
    if pin is None:
        return None
    fault = size_fault(path, pin.size_bytes)
    if fault or not hashed:
        return fault
    try:
        actual = hash_file(path)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return None if actual == pin else f"has SHA-256 {actual.sha256}, expected {pin.sha256}"


def partial_dir(models_dir: Path, name: str) -> Path:
    """Where a fetch collects the files until all are verified: hidden, beside the model's folder."""
    return models_dir / f".{name}.partial"
