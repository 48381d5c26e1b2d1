"""What every source of model files does, and how it fails."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from soniclayer.models.catalogue import Model, ModelFile
from soniclayer.models.progress import FetchProgress


class SourceError(Exception):
    """A source cannot bring a file; the message says why. The next source is tried."""


@dataclass(frozen=True)
class Order:
    """One file to be brought.

    A source writes its bytes to `part`, which may hold the beginning of them from an earlier try by the same
    kind of source. It writes no more than `size_bytes`, and does not check the hash. `scratch` is a folder of
    its own that lives until the whole model is there.
    """

    model: Model
    file: ModelFile
    size_bytes: int | None
    part: Path
    scratch: Path
    progress: FetchProgress

    def refuse_more_than_expected(self, written_bytes: int) -> None:
        """Raise SourceError when more bytes come than the file has."""
        if self.size_bytes is not None and written_bytes > self.size_bytes:
            raise SourceError(f"it has more than the expected {self.size_bytes} bytes")
