"""The object store on local files.

Create: temporary file, fsync, link(2) to its name, fsync of the folder; so an object is there whole or not at all, and
two writers cannot both win. Replace: the same with rename(2). New folders are synced in their parents too, before the
caller hears of success; after the link, so that a deletion has no time to remove them as empty.

Files are for their owner alone, but for those that a web server sends by itself: anybody may read them who comes so
far. Folders can be walked through, not looked into; so it is the mode of the store's own folder, as the installer makes
it, that says who comes so far: the web server's group, or nobody.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from soniclayer.errors import ObjectMissing, StoreError, StoreFull
from soniclayer.storage.full import FULL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

INCOMING = ".incoming"
INCOMING_MAX_AGE_S = 86_400.0
"""What lies in `.incoming` for longer belonged to a process that died."""

PUT_TRIES = 200
"""Each is lost only to a deletion that empties the folder between two system calls; a slow disk makes that longer."""

OUTER_MODE = 0o750
"""Of the store's own folder and those above it, where there are none yet."""
INNER_MODE = 0o711
INCOMING_MODE = 0o700
FILE_MODE = 0o600
SERVED_MODE = 0o644


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
        incoming = LocalIncoming(self, self.incoming_folder() / secrets.token_hex(16))
        try:
            yield incoming
        finally:
            incoming.discard()

    def incoming_folder(self) -> Path:
        """Where everything is written before it becomes an object; made when it is missing."""
        folder = self._root / INCOMING
        with _store_errors(self._root):
            self._make_folder(folder)
        return folder

    def read(self, name: str) -> bytes:
        """See ObjectStore."""
        with _store_errors(name):
            return self.path(name).read_bytes()

    def exists(self, name: str) -> bool:
        """See ObjectStore."""
        with _store_errors(name):
            return self.path(name).is_file()

    def folders(self, prefix: str) -> list[str]:
        """See ObjectStore."""
        with _store_errors(prefix):
            entries = _scan(self.path(prefix) if prefix else self._root)
            found = [(_changed_at(entry), entry.name) for entry in entries if entry.name != INCOMING and entry.is_dir()]
            return [name for _, name in sorted(found, reverse=True)]

    def list(self, prefix: str) -> list[str]:
        """See ObjectStore."""
        with _store_errors(prefix):
            folder = self.path(prefix) if prefix else self._root
            return sorted(_names(folder, f"{prefix}/" if prefix else ""))

    def size_bytes(self, prefix: str) -> int:
        """See ObjectStore."""
        with _store_errors(prefix):
            return sum(_sizes(self.path(prefix)))

    def delete(self, name: str) -> None:
        """See ObjectStore."""
        with _store_errors(name):
            path = self.path(name)
            try:
                os.unlink(path)  # noqa: PTH108 - the system call by its name
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

    def clear(self, prefix: str) -> None:
        """See ObjectStore."""
        for name in self.list(prefix):
            self.delete(name)
        with _store_errors(prefix):
            for folder, _, _ in os.walk(self.path(prefix), topdown=False):  # who was killed may have left empty ones
                self._drop_empty_folders(Path(folder))

    def sweep(self, max_age_s: float = INCOMING_MAX_AGE_S, *, only_look: bool = False) -> int:
        """See ObjectStore."""
        oldest = time.time() - max_age_s
        found = 0
        with _store_errors(INCOMING):
            for entry in _scan(self._root / INCOMING):
                with suppress(FileNotFoundError):  # its writer was faster
                    if entry.stat().st_mtime < oldest:
                        if not only_look:
                            os.unlink(entry.path)  # noqa: PTH108 - a DirEntry
                        found += 1
        return found

    def free_bytes(self) -> int:
        """See ObjectStore."""
        with _store_errors(self._root):
            self._make_folder(self._root)
            disk = os.statvfs(self._root)
            return disk.f_bavail * disk.f_frsize

    def path(self, name: str) -> Path:
        """Where an object lies; refuses names that would leave the store."""
        parts = name.split("/")
        if any(part in {"", ".", ".."} or "\0" in part for part in parts) or parts[0] == INCOMING:
            raise StoreError(f"not an object name: {name!r}")
        return self._root.joinpath(*parts)

    def make_folders(self, folder: Path) -> Sequence[Path]:
        """Make a folder and its parents; those that are new, outermost first: each has to be synced in its parent."""
        if folder.is_dir():
            return []
        new = [*self.make_folders(folder.parent)]
        with suppress(FileExistsError):
            os.mkdir(folder, self._mode_of(folder))  # noqa: PTH102 - the system call by its name
            new.append(folder)
        return new

    def _make_folder(self, folder: Path) -> None:
        """Make a folder and its parents, durably."""
        for new in self.make_folders(folder):
            _sync_folder(new.parent)

    def _mode_of(self, folder: Path) -> int:
        """Of a new one; the umask of the process may take away from it."""
        if folder == self._root / INCOMING:
            return INCOMING_MODE
        return INNER_MODE if self._root in folder.parents else OUTER_MODE

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

    def local_file(self) -> Path:
        """See Incoming."""
        return self._path

    def publish(self, name: str, *, served: bool = False) -> bool:
        """See Incoming."""
        target = self._store.path(name)
        with _store_errors(name):
            self._sync(SERVED_MODE if served else FILE_MODE)
            try:
                self._put(os.link, target)
            except FileExistsError:
                return False
        return True

    def publish_over(self, name: str) -> None:
        """Make what was written the object `name`, in place of one that may exist."""
        target = self._store.path(name)
        with _store_errors(name):
            self._sync(FILE_MODE)
            self._put(os.rename, target)

    def discard(self) -> None:
        """Forget the temporary file; an object it was published as stays."""
        with suppress(OSError):  # a full disk shows up again when the buffer is flushed: it has been reported
            self._file.close()
        self._path.unlink(missing_ok=True)

    def _put(self, call: Callable[[Path, Path], None], target: Path) -> None:
        """Link or rename, durably; again when a deletion has just removed the folder as empty."""
        new: list[Path] = []
        for _ in range(PUT_TRIES):
            with suppress(FileNotFoundError):
                new += self._store.make_folders(target.parent)
                call(self._path, target)
                for folder in (*new, target):
                    _sync_folder(folder.parent)
                return
        raise StoreError(f"{target}: its folder vanishes again and again")

    def _sync(self, mode: int) -> None:
        """Bring it to the disk, with its mode: nobody finds the object before it is for whom it shall be."""
        self._file.flush()
        os.fchmod(self._file.fileno(), mode)
        os.fsync(self._file.fileno())


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


def _sizes(folder: Path) -> Iterator[int]:
    for entry in _scan(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from _sizes(folder / entry.name)
        else:
            with suppress(FileNotFoundError):  # just removed
                yield entry.stat(follow_symlinks=False).st_size


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _changed_at(entry: os.DirEntry[str]) -> float:
    try:
        return entry.stat().st_mtime
    except FileNotFoundError:  # just removed
        return 0.0


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
