"""Where snapshots are kept, and what opens it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from soniclayer.errors import BackupError
from soniclayer.settings import variables_of, without_password

if TYPE_CHECKING:
    from soniclayer.settings import Settings

_LOCAL = "local:"
_NOT_HANDED_ON = ("RESTIC_", "SONICLAYER_", "CREDENTIALS_DIRECTORY", "REDIS_URL", "LANGFLOW_")


@dataclass(frozen=True)
class Repository:
    """A repository of restic: a folder, or any of its remote backends. `cache_dir` speeds remote ones up."""

    location: str
    password: str = field(repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    cache_dir: Path | None = None

    @property
    def shown(self) -> str:
        """Its location as it may be told to people and logs."""
        return without_password(self.location)

    @property
    def folder(self) -> Path | None:
        """Where it lies on this machine; None for a remote one."""
        path = self.location.removeprefix(_LOCAL)
        return Path(path) if path.startswith("/") else None

    def variables(self) -> dict[str, str]:
        """The environment of restic: ours without what is ours alone, and what the repository needs."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_HANDED_ON)}
        return {**own, **self.environment, "RESTIC_REPOSITORY": self.location, "LC_ALL": "C.UTF-8"}


def repository_of(settings: Settings, location: str | None = None, password: str | None = None) -> Repository:
    """That of the settings, or another one.

    Raises:
        BackupError: `no_password`: there is none.
    """
    if password is None and settings.backup_password is None:
        raise BackupError(
            "there is no password for backups: it belongs into the credential file backup_password (make install "
            "makes one), or use --password-file",
            code="no_password",
        )
    own = settings.backup_password.get_secret_value() if settings.backup_password else ""
    environment = settings.backup_environment.get_secret_value() if settings.backup_environment else ""
    return Repository(
        location=location or settings.backup_repository,
        password=own if password is None else password,
        environment=variables_of(environment),
        cache_dir=settings.backups_dir / "cache",
    )
