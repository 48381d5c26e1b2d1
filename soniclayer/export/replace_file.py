"""Writing a file for a user: whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from typing import TYPE_CHECKING

from soniclayer.errors import StoreError, StoreFull

if TYPE_CHECKING:
    from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` at `path`: into a temporary file beside it, to disk, then renamed over what was there.

    A symbolic link is followed; a pipe or device (`/dev/stdout`, `>(...)`) is written to. Permissions are
    those of the file that was there, else what the umask gives.

    Raises:
        StoreFull: no space left, or over quota.
        StoreError: `export_failed`: anything else the system says. Nothing of what was being written remains.
    """
    try:
        target = path.resolve()
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            _replace(target, content)
    except BrokenPipeError:
        raise
    except OSError as error:
        message = f"cannot write {path}: {error.strerror or error}"
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StoreFull(message) from error
        raise StoreError(message, code="export_failed") from error


def _replace(target: Path, content: bytes) -> None:
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            if target.exists():
                os.fchmod(file.fileno(), target.stat().st_mode & 0o777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
