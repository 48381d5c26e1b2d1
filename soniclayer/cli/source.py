"""Opens what the user named: a file, or a pipe that somebody writes to."""

from __future__ import annotations

import os
import select
import stat
from typing import TYPE_CHECKING, BinaryIO

from soniclayer.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

PIPE_PATIENCE_S = 60.0
"""Longest wait for the first byte from a pipe: a live source may be slow to begin, a forgotten one never does."""


def open_source(path: Path, pipe_patience_s: float = PIPE_PATIENCE_S) -> BinaryIO:
    """Open a recording for reading. A device has no end and is refused; a pipe, `<(...)` say, is fine.

    Raises:
        StoreError: a device, or a pipe that nobody wrote to in time.
        OSError: it cannot be opened.
    """
    return _awaited(_open(path), pipe_patience_s)


def open_early(paths: Iterable[Path]) -> Callable[[Path], BinaryIO]:
    """Open these now, for a process that may not any more when their turn comes; what gives each of them then, once."""
    early: dict[Path, list[BinaryIO | Exception]] = {}
    for path in paths:
        early.setdefault(path, []).append(_tried(path))

    def open_file(path: Path) -> BinaryIO:
        file = early[path].pop()
        if isinstance(file, Exception):
            raise file
        return _awaited(file, PIPE_PATIENCE_S)

    return open_file


def _tried(path: Path) -> BinaryIO | Exception:
    try:
        return _open(path)
    except (OSError, StoreError) as error:
        return error


def _open(path: Path) -> BinaryIO:
    mode = path.stat().st_mode
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        raise StoreError("a device, no recording")
    if stat.S_ISFIFO(mode):
        return os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb")  # else opening itself waits for a writer
    return path.open("rb")


def _awaited(file: BinaryIO, patience_s: float) -> BinaryIO:
    return _written_to(file, patience_s) if stat.S_ISFIFO(os.fstat(file.fileno()).st_mode) else file


def _written_to(pipe: BinaryIO, patience_s: float) -> BinaryIO:
    ready, _, _ = select.select([pipe], [], [], patience_s)
    if not ready:
        pipe.close()
        raise StoreError(f"a pipe, and nobody wrote to it for {patience_s:.0f} s")
    os.set_blocking(pipe.fileno(), True)
    return pipe
