"""What the store must be able to do. Local files today, S3 later (`create` is If-None-Match there)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path


class Incoming(Protocol):
    """Bytes that are arriving and belong to no object yet."""

    @property
    def sha256(self) -> str:
        """Hex digest of what has been written so far."""

    @property
    def size_bytes(self) -> int:
        """How much has been written so far."""

    def write(self, chunk: bytes) -> None:
        """Append.

        Raises:
            StoreFull: no space left.
        """

    def local_file(self) -> Path:
        """Where a library that writes files by itself puts the bytes, instead of `write`.

        What is in it is then published; `sha256` and `size_bytes` know nothing of it.
        """

    def publish(self, name: str, *, served: bool = False) -> bool:
        """Make what was written the object `name`, durably. False when that name is taken: the first writer wins.

        `served`: a web server beside the store may read it, where the store's place lets it come so far.
        """


class ObjectStore(Protocol):
    """Named byte strings. Names are relative, with `/` between parts.

    Every method raises StoreError when the store fails (StoreFull when it is full).
    """

    def create(self, name: str, data: bytes) -> bool:
        """Write an object that must not exist, durably. False when it did: the first writer wins, nothing changes."""

    def replace(self, name: str, data: bytes) -> None:
        """Write an object whether it exists or not, durably and all at once."""

    def receive(self) -> AbstractContextManager[Incoming]:
        """Take in bytes of unknown length; what was not published is dropped at the end."""

    def read(self, name: str) -> bytes:
        """The bytes of an object.

        Raises:
            ObjectMissing: there is none of that name.
        """

    def exists(self, name: str) -> bool:
        """Whether there is an object of that name."""

    def folders(self, prefix: str) -> list[str]:
        """The names between `prefix/` and the next `/` of objects below it; the last changed first, where it is known.

        A name may stay for a moment after the last object below it has been removed.
        """

    def list(self, prefix: str) -> list[str]:
        """The full names of all objects below `prefix/` (all there are for `""`), sorted; everything or an error."""

    def size_bytes(self, prefix: str) -> int:
        """What all objects below `prefix/` take; of those that go meanwhile, nothing."""

    def delete(self, name: str) -> None:
        """Remove an object durably; none of that name is fine."""

    def local_file(self, name: str) -> AbstractContextManager[Path]:
        """The object as a local file, for libraries that need one; to be read only, and only inside the context.

        Raises:
            ObjectMissing: there is none of that name.
        """

    def clear(self, prefix: str) -> None:
        """Remove all objects below `prefix/`, durably, and what else there may be of it."""

    def sweep(self, max_age_s: float, *, only_look: bool = False) -> int:
        """Remove what dead processes left that they had received and not published; how many of them there were.

        `only_look`: nothing is removed.
        """

    def free_bytes(self) -> int | None:
        """How much more it can take, None when nothing but the bill limits it."""
