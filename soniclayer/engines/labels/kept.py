"""Keeps what takes seconds to compute: in a folder that comes with SonicLayer, and in the user's cache folder."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Arrays = dict[str, npt.NDArray[np.float32]]

SHIPPED = Path(__file__).parent / "learned"
"""What was computed from the labels that come with SonicLayer: `make labels` writes it, a test says when it must."""

HASH_BYTES = 32
"""Of the SHA-256 that each file begins with."""


def kept(folder: Path | None, key: str, compute: Callable[[], Arrays]) -> Arrays:
    """What `compute` gives, from the file of an earlier call when there is one.

    A file that is damaged counts as none. A folder that cannot be written to costs time, never a result. Two
    processes may call this at once: both compute, and either file is good.

    Args:
        folder: is made when it is missing, and any file in it may go at any time; None keeps nothing.
        key: everything the result depends on.
        compute: named arrays of numbers.
    """
    name = f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.npz"
    for place in (SHIPPED, folder):
        found = _read(place / name) if place else None
        if found is not None:
            return found
    computed = compute()
    if folder:
        _write(folder / name, computed)
    return computed


def _read(path: Path) -> Arrays | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(content[HASH_BYTES:]).digest() != content[:HASH_BYTES]:
        return None
    with np.load(io.BytesIO(content[HASH_BYTES:]), allow_pickle=False) as arrays:
        return dict(arrays)


def _write(path: Path, arrays: Arrays) -> None:
    """Atomic: a reader sees the whole file or none."""
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]  # numpy types its options only
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".new")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(content.getvalue()).digest() + content.getvalue())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
