"""Opens what the user named: a file, or a pipe that somebody writes to."""

from __future__ import annotations

import os
import select
import stat
from typing import TYPE_CHECKING, BinaryIO

from soniclayer.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

PIPE_PATIENCE_S = 60.0
"""Longest wait for the first byte from a pipe: a live source may be slow to begin, a forgotten one never does."""


def open_source(path: Path, pipe_patience_s: float = PIPE_PATIENCE_S) -> BinaryIO:
    """Open a recording for reading. A device has no end and is refused; a pipe, `<(...)` say, is fine.

    Raises:
        StoreError: a device, or a pipe that nobody wrote to in time.
        OSError: it cannot be opened.
    """
    mode = path.stat().st_mode
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        raise StoreError("a device, no recording")
    return _open_pipe(path, pipe_patience_s) if stat.S_ISFIFO(mode) else path.open("rb")


def _open_pipe(path: Path, patience_s: float) -> BinaryIO:
    pipe = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb")  # else opening itself waits for a writer
    ready, _, _ = select.select([pipe], [], [], patience_s)
    if not ready:
        pipe.close()
        raise StoreError(f"a pipe, and nobody wrote to it for {patience_s:.0f} s")
    os.set_blocking(pipe.fileno(), True)
    return pipe
