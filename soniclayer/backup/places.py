"""What is copied, and where backups keep what they need beside their repository."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from soniclayer.backup.proofs import make_folder
from soniclayer.settings import default_config_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soniclayer.backup.told import Told
    from soniclayer.settings import Settings

RESTORING = ".restoring"
ASIDE = ".before-restore-"
"""In the store's folder, so that nothing has to be copied from one disk to another: what is being brought back, and
what was there before, with the time."""

INCOMING = ".incoming"
_PRIVATE = 0o700


@dataclass(frozen=True)
class Places:
    """Folders. `config` is None where the configuration is that which came with the program."""

    uploads: Path
    config: Path | None
    backups: Path

    @property
    def staging(self) -> Path:
        """What is made for a snapshot alone; its name is always the same, or restic would not know what is new."""
        return self.backups / "staging"

    @property
    def restoring(self) -> Path:
        """Where a restore brings a snapshot."""
        return self.uploads / RESTORING

    @property
    def copied(self) -> list[Path]:
        """The folders of a snapshot."""
        return [self.uploads, *([self.config] if self.config else []), self.staging]

    @property
    def not_copied(self) -> list[str]:
        """Patterns of what is left out: what is half written, and windows' sound, which is cut again when needed."""
        left_out = (f"{INCOMING}", RESTORING, f"{ASIDE}*", "*/*/windows/*/audio.flac")
        return [f"{self.uploads}/{pattern}" for pattern in left_out]

    def make_staging(self) -> Path:
        """The folder for it."""
        make_folder(self.backups)
        self.staging.mkdir(_PRIVATE, exist_ok=True)
        return self.staging


def places_of(settings: Settings) -> Places:
    """Links followed: restic would copy the link."""
    config = settings.config_dir.resolve()
    return Places(
        uploads=settings.uploads_dir.resolve(),
        config=None if config == default_config_dir().resolve() else config,
        backups=settings.backups_dir.resolve(),
    )


@contextmanager
def alone(places: Places, told: Told) -> Iterator[None]:
    """One backup, drill or restore at a time on this machine: the next one waits, and says so."""
    make_folder(places.backups)
    with (places.backups / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            told.note("another backup, drill or restore is at work here: this one begins when it has ended")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
