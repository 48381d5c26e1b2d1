"""What goes wrong on the way, as an error of ours, and with what it leaves behind."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from soniclayer.errors import BackupError, SonicLayerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from soniclayer.backup.told import Told


@contextmanager
def system_errors() -> Iterator[None]:
    """What the operating system says becomes an error of ours.

    Raises:
        BackupError: `system`: it says that something cannot be done.
    """
    try:
        yield
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise BackupError(f"{where}{error.strerror or error}", code="system") from error


@contextmanager
def explained(told: Told, leave: Callable[[], Sequence[str]]) -> Iterator[None]:
    """Whatever ends the block early, `leave` is called, and its lines are told: below the error, or as notes at Ctrl-C.

    Raises:
        BackupError: the error with these lines.
    """
    try:
        with system_errors():
            yield
    except SonicLayerError as error:
        raise BackupError("\n".join([str(error), *leave()]), code=error.code) from error
    except BaseException:
        for line in leave():
            told.note(line)
        raise
