"""The folder of a model: `<models_dir>/<model name>/`, and the record of what was fetched into it."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from soniclayer.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RECORD_NAME = "fetched.json"
"""Written into the folder when all files are verified: size and SHA-256 of each."""

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Pin:
    """What a file must be: SHA-256 in hex, size in bytes."""

    sha256: str
    size_bytes: int


def model_dir(models_dir: Path, name: str) -> Path:
    """The folder of a model that is there.

    Looks at names and sizes only, so it is cheap enough for every start; `soniclayer models verify` hashes.
    A folder that was put there by hand has no record, and is taken as it is.

    Raises:
        ModelError: the model is not there or not readable, or a file of it is missing or of another size.
    """
    folder = models_dir / name
    cure = f"run `soniclayer models fetch {name}`"
    try:
        is_there = folder.is_dir() and any(folder.iterdir())
    except OSError as error:
        raise ModelError(f"model {name}: {folder} cannot be read: {error.strerror}") from None
    if not is_there:
        raise ModelError(f"model {name} is not in {models_dir}: {cure}")
    for file_name, pin in read_record(folder).items():
        fault = size_fault(folder / file_name, pin.size_bytes)
        if fault:
            raise ModelError(f"model {name} in {models_dir} is damaged: {file_name} {fault}: {cure}")
    return folder


def size_fault(path: Path, size_bytes: int) -> str | None:
    """What is wrong with the file as far as its size tells, e.g. `is missing`; None: nothing."""
    try:
        actual_bytes = path.stat().st_size
    except OSError:
        return "is missing"
    return None if actual_bytes == size_bytes else f"has {actual_bytes} bytes, expected {size_bytes}"


def read_record(folder: Path) -> dict[str, Pin]:
    """What was fetched into the folder, by file name; empty when there is no readable record."""
    try:
        files = json.loads((folder / RECORD_NAME).read_bytes())["files"]
        return {name: Pin(str(pin["sha256"]), int(pin["size_bytes"])) for name, pin in files.items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}


def write_record(folder: Path, files: Mapping[str, Pin]) -> None:
    """Replace the record, atomically."""
    content = {"files": {name: asdict(pin) for name, pin in sorted(files.items())}}
    part = folder / f".{RECORD_NAME}.part"
    part.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    part.replace(folder / RECORD_NAME)


def hash_file(path: Path) -> Pin:
    """Read the whole file.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
        return Pin(digest.hexdigest(), os.fstat(file.fileno()).st_size)
