"""Model files from a local folder: a copy of another machine's, a mounted share, a USB stick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.models.folder import CHUNK_BYTES, size_fault
from soniclayer.models.source import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from soniclayer.models.catalogue import FolderSource
    from soniclayer.models.source import Order


def bring_from_folder(source: FolderSource, order: Order) -> None:
    """Copy the file.

    Raises:
        SourceError: it is not there, or of another size.
        OSError: it cannot be written.
    """
    original = _find(source.path.expanduser(), order)
    try:
        reader = original.open("rb")
    except OSError as error:
        raise SourceError(f"{original} cannot be read: {error.strerror}") from None
    with reader, order.part.open("wb") as writer:
        while chunk := reader.read(CHUNK_BYTES):
            writer.write(chunk)
            order.refuse_more_than_expected(writer.tell())
            order.progress.seen(writer.tell())


def _find(root: Path, order: Order) -> Path:
    if not root.is_dir():
        raise SourceError("it is not a folder")
    faults = []
    for folder in (order.model.name, *order.model.folders):
        path = root / folder / order.file.name
        if path.is_file():
            fault = size_fault(path, order.size_bytes) if order.size_bytes is not None else None
            if fault is None:
                return path
            faults.append(f"{folder}/{order.file.name} {fault}")
    names = " or ".join((order.model.name, *order.model.folders))
    raise SourceError("; ".join(faults) or f"no {order.file.name} in {names}")
