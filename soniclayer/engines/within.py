"""A file in which nobody gets beyond its end, wherever a lying header points."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class FileWithin(io.BufferedReader):
    """A file for reading; seeking beyond its end ends at its end.

    The file system refuses to seek beyond its own limit (16 TiB on ext4), and PyAV hands that error on as if the disk
    had failed.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(str(path)))

    def seek(self, target: int, whence: int = os.SEEK_SET, /) -> int:
        """Move to a position, and tell which it is."""
        if whence == os.SEEK_SET:
            target = min(target, os.fstat(self.fileno()).st_size)
        return super().seek(target, whence)
