"""Notes how a backup or a drill went, as `soniclayer.proof` reads it: the last good one is told after a failure too."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from soniclayer.errors import BackupError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE_MODE = 0o644
"""Whoever watches may read it: there is no secret in it."""

FOLDER_MODE = 0o755

_OF_ONE_TRY = frozenset({"ok", "started_at", "finished_at", "duration_s", "error"})


@contextmanager
def noted(path: Path) -> Iterator[dict[str, Any]]:
    """What is in the dictionary is noted with how the block ended; at first it has what the last good one noted.

    `succeeded_at` may be put in earlier, where what still can go wrong takes nothing from what was done.

    Raises:
        BackupError: `no_room`: it cannot be noted.
    """
    begun, started_at = time.monotonic(), now()
    facts = _facts_of_the_last_success(path)
    try:
        yield facts
    except BaseException as error:
        with suppress(BackupError):  # what went wrong first is told
            _write(path, facts, begun, started_at, error=str(error) or "it was interrupted")
        raise
    _write(path, facts, begun, started_at, error=None)


def last(path: Path) -> dict[str, Any]:
    """What was noted last; nothing where there is no such file, or none that can be read."""
    try:
        facts = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def now() -> str:
    """ISO 8601, with its zone."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def make_folder(folder: Path) -> None:
    """The folder of proofs, where there is none yet.

    Raises:
        BackupError: `no_room`: it cannot be made.
    """
    try:
        folder.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise BackupError(f"{folder}: {error.strerror}", code="no_room") from None


def _facts_of_the_last_success(path: Path) -> dict[str, Any]:
    facts = {name: value for name, value in last(path).items() if name not in _OF_ONE_TRY}
    return {**facts, "succeeded_at": facts.get("succeeded_at")}


def _write(path: Path, facts: dict[str, Any], begun: float, started_at: str, *, error: str | None) -> None:
    finished_at = now()
    result = {
        **facts,
        "ok": error is None,
        "started_at": started_at,
        "finished_at": finished_at,
        "succeeded_at": facts["succeeded_at"] if error else finished_at,
        "duration_s": round(time.monotonic() - begun, 1),
        "error": error,
    }
    make_folder(path.parent)
    replace(path, json.dumps(result, indent=2).encode() + b"\n", FILE_MODE)


def replace(path: Path, content: bytes, mode: int) -> None:
    """Put a file in place of one that may be there, all at once and durably.

    Raises:
        BackupError: `no_room`: it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise BackupError(f"{path}: cannot be written: {error.strerror}", code="no_room") from None
