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

    def publish(self, name: str) -> bool:
        """Make what was written the object `name`, durably. False when that name is taken: the first writer wins."""


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

    def list(self, prefix: str) -> list[str]:
        """The full names of all objects below `prefix/` (all there are for `""`), sorted; everything or an error."""

    def delete(self, name: str) -> None:
        """Remove an object durably; none of that name is fine."""

    def local_file(self, name: str) -> AbstractContextManager[Path]:
        """The object as a local file, for libraries that need one; to be read only, and only inside the context.

        Raises:
            ObjectMissing: there is none of that name.
        """
