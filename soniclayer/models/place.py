"""Puts verified files in place, and says in one line why the disk does not let us."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from soniclayer.errors import ModelError
from soniclayer.models.folder import write_record
from soniclayer.models.progress import size_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from soniclayer.models.catalogue import Model
    from soniclayer.models.folder import Pin

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def put_in_place(partial: Path, folder: Path, brought: Sequence[str], pins: Mapping[str, Pin]) -> None:
    """Move the files that were brought into the model's folder, and record all its pins.

    A new model appears whole, by one rename. In one that is there each file is replaced: none is ever away.
    """
    for path in partial.iterdir():
        if path.name in brought:
            _sync(path)
        else:
            _remove(path)
    if not folder.exists():
        write_record(partial, pins)
        partial.rename(folder)
        return
    for name in brought:
        (partial / name).replace(folder / name)
    write_record(folder, pins)
    shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def disk_faults(model: Model, models_dir: Path) -> Iterator[None]:
    """Turn an OSError into a ModelError that names the cure."""
    try:
        yield
    except OSError as error:
        other = "another folder with --models-dir or SONICLAYER_MODELS_DIR"
        if error.errno in FULL:
            need = f"{model.name} takes {size_text(model.size_bytes)}, twice that while it is fetched"
            message = f"no space left in {models_dir} ({need}): make room or choose {other}, then run it again"
            raise ModelError(message) from None
        where = error.filename or models_dir
        raise ModelError(f"cannot write {where}: {error.strerror}: choose {other}") from None


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink()
