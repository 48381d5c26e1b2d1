"""The object store on local files.

Create: temporary file, fsync, link(2) to its name, fsync of the folder; so an object is there whole or not at all, and
two writers cannot both win. Replace: the same with rename(2). New folders are synced in their parents first.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from soniclayer.errors import ObjectMissing, StoreError, StoreFull

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

INCOMING = ".incoming"
INCOMING_MAX_AGE_S = 86_400.0
"""What lies in `.incoming` for longer belonged to a process that died."""

PUT_TRIES = 10
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class LocalStore:
    """An ObjectStore below one folder, which is made when needed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def create(self, name: str, data: bytes) -> bool:
        """See ObjectStore."""
        with self.receive() as incoming:
            incoming.write(data)
            return incoming.publish(name)

    def replace(self, name: str, data: bytes) -> None:
        """See ObjectStore."""
        with self.receive() as incoming:
            incoming.write(data)
            incoming.publish_over(name)

    @contextmanager
    def receive(self) -> Iterator[LocalIncoming]:
        """See ObjectStore."""
        with _store_errors(self._root):
            folder = self._root / INCOMING
            _make_folder(folder)
            incoming = LocalIncoming(self, folder / secrets.token_hex(16))
        try:
            yield incoming
        finally:
            incoming.discard()

    def read(self, name: str) -> bytes:
        """See ObjectStore."""
        with _store_errors(name):
            return self.path(name).read_bytes()

    def exists(self, name: str) -> bool:
        """See ObjectStore."""
        with _store_errors(name):
            return self.path(name).is_file()

    def list(self, prefix: str) -> list[str]:
        """See ObjectStore."""
        with _store_errors(prefix):
            folder = self.path(prefix) if prefix else self._root
            return sorted(_names(folder, f"{prefix}/" if prefix else ""))

    def delete(self, name: str) -> None:
        """See ObjectStore."""
        with _store_errors(name):
            path = self.path(name)
            try:
                path.unlink()
            except FileNotFoundError:
                return
            with suppress(FileNotFoundError):  # another deletion has removed the folder: ours is in it
                _sync_folder(path.parent)
            self._drop_empty_folders(path.parent)

    @contextmanager
    def local_file(self, name: str) -> Iterator[Path]:
        """See ObjectStore."""
        with _store_errors(name):
            path = self.path(name)
            path.stat()
        yield path

    def sweep(self, max_age_s: float = INCOMING_MAX_AGE_S) -> int:
        """Remove what dead processes left in `.incoming`; the number of files removed."""
        oldest = time.time() - max_age_s
        removed = 0
        with _store_errors(INCOMING):
            for entry in _scan(self._root / INCOMING):
                with suppress(FileNotFoundError):  # its writer was faster
                    if entry.stat().st_mtime < oldest:
                        os.unlink(entry.path)  # noqa: PTH108 - a DirEntry
                        removed += 1
        return removed

    def path(self, name: str) -> Path:
        """Where an object lies; refuses names that would leave the store."""
        parts = name.split("/")
        if any(part in {"", ".", ".."} or "\0" in part for part in parts) or parts[0] == INCOMING:
            raise StoreError(f"not an object name: {name!r}")
        return self._root.joinpath(*parts)

    def _drop_empty_folders(self, folder: Path) -> None:
        """Remove folders that have become empty, so that a deleted recording leaves nothing behind."""
        while folder != self._root:
            try:
                folder.rmdir()
            except OSError:  # not empty, or somebody else was faster
                return
            folder = folder.parent


class LocalIncoming:
    """An Incoming in a temporary file of the store's own file system."""

    def __init__(self, store: LocalStore, path: Path) -> None:
        self._store = store
        self._path = path
        self._file = path.open("xb")
        self._hash = hashlib.sha256()
        self._size_bytes = 0

    @property
    def sha256(self) -> str:
        """See Incoming."""
        return self._hash.hexdigest()

    @property
    def size_bytes(self) -> int:
        """See Incoming."""
        return self._size_bytes

    def write(self, chunk: bytes) -> None:
        """See Incoming."""
        with _store_errors(self._path):
            self._file.write(chunk)
        self._hash.update(chunk)
        self._size_bytes += len(chunk)

    def publish(self, name: str) -> bool:
        """See Incoming."""
        target = self._store.path(name)
        with _store_errors(name):
            self._sync()
            try:
                self._put(os.link, target)
            except FileExistsError:
                return False
        return True

    def publish_over(self, name: str) -> None:
        """Make what was written the object `name`, in place of one that may exist."""
        target = self._store.path(name)
        with _store_errors(name):
            self._sync()
            self._put(os.rename, target)

    def discard(self) -> None:
        """Forget the temporary file; an object it was published as stays."""
        with suppress(OSError):  # a full disk shows up again when the buffer is flushed: it has been reported
            self._file.close()
        self._path.unlink(missing_ok=True)

    def _put(self, call: Callable[[Path, Path], None], target: Path) -> None:
        """Link or rename, durably; again when a deletion has just removed the folder as empty."""
        for _ in range(PUT_TRIES):
            with suppress(FileNotFoundError):
                _make_folder(target.parent)
                call(self._path, target)
                _sync_folder(target.parent)
                return
        raise StoreError(f"{target}: its folder vanishes again and again")

    def _sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())


def _make_folder(folder: Path) -> None:
    """Make a folder and its parents, each durable before anything is put into it."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    try:
        os.mkdir(folder, 0o750)  # noqa: PTH102 - the system call by its name
    except FileExistsError:
        return
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _names(folder: Path, prefix: str) -> Iterator[str]:
    for entry in _scan(folder):
        if entry.name == INCOMING and not prefix:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _names(folder / entry.name, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}"


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []


@contextmanager
def _store_errors(what: object) -> Iterator[None]:
    """Turn what the operating system says into our errors, naming the object."""
    try:
        yield
    except FileNotFoundError as error:
        raise ObjectMissing(f"{what}: not in the store") from error
    except OSError as error:
        if error.errno in FULL:
            raise StoreFull(f"{error.strerror}: cannot write {what}; free some space and start again") from error
        raise StoreError(f"{what}: {error.strerror or error}") from error
