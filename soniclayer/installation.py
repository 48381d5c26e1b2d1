"""Where the suite is installed on a server, when this Python is the one of an installed release.

    <root>/releases/<version>/venv    the Python that runs
    <root>/current                    -> releases/<version>
    <root>/langflow/current           -> Langflow's own Python environment, where it is installed
    <root>/config  uploads  models    kept across upgrades

`install.sh` lays that out; `docs/operations.md` shows all of it.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from soniclayer.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE_USER = "soniclayer"

_BEGUN_LATELY_S = 86_400.0
"""One that was begun within a day may be on its way still."""

_ENV_FILES = ("worker.env", "backup.env", "backend.env")
_ASSIGNMENT = re.compile(
    r"^[ \t]*(?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*="
    r"(?P<quoted>(?:[ \t]*(?:'[^']*'|\"(?:[^\"\\]|\\.)*\"))*)[ \t]*"
    r"(?P<bare>(?:[^\\\n]|\\.)*)$",
    re.MULTILINE | re.DOTALL,
)
_QUOTED = re.compile(r"'([^']*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class Release:
    """What lies in a folder of `releases/`. One that is not complete was interrupted while it was installed."""

    version: str
    installed_at: float
    complete: bool
    current: bool


@dataclass(frozen=True)
class Installation:
    """The folders of an installation; `release` is the one that this Python belongs to."""

    root: Path
    release: Path

    @property
    def config_dir(self) -> Path:
        """What the sysadmin may edit."""
        return self.root / "config"

    @property
    def credentials_dir(self) -> Path:
        """Secrets, a file each, which only root reads."""
        return self.config_dir / "credentials"

    @property
    def uploads_dir(self) -> Path:
        """The store."""
        return self.root / "uploads"

    @property
    def backups_dir(self) -> Path:
        """What became of the latest backup and drill, and the repository where nobody names another."""
        return self.root / "backups"

    @property
    def models_dir(self) -> Path:
        """The models."""
        return self.root / "models"

    @property
    def run_dir(self) -> Path:
        """What lives as long as the machine runs: sockets, metrics."""
        return Path("/run/soniclayer")

    @property
    def cache_dir(self) -> Path:
        """What can be made again."""
        return Path("/var/cache/soniclayer")

    @property
    def langflow(self) -> Path:
        """The Python environment of Langflow, where it is installed."""
        return self.root / "langflow/current"

    @property
    def current(self) -> Path:
        """The release that runs, which this Python need not belong to."""
        return (self.root / "current").resolve()

    def releases(self) -> list[Release]:
        """All of them, the latest first."""
        folders = [folder for folder in (self.root / "releases").iterdir() if folder.is_dir()]
        return sorted(map(self._release, folders), key=lambda release: release.installed_at, reverse=True)

    def old_releases(self, now: float) -> list[Release]:
        """Those that nobody can go back to: of which the installer knows nothing, and begun more than a day ago.

        Where it is not known what the installer knows, only those that were interrupted.
        """
        try:
            kept = set((self.config_dir / "installer/releases").read_text().split())
        except OSError:
            kept = set()
        if not kept:
            kept = {release.version for release in self.releases() if release.complete}
        kept |= {self.release.name, self.current.name}
        return [one for one in self.releases() if one.version not in kept and now - one.installed_at > _BEGUN_LATELY_S]

    def variables(self) -> Mapping[str, str]:
        """What the environment files of the services say; where they differ, the backend's counts.

        Raises:
            ConfigError: they are not for this user to read.
        """
        found: dict[str, str] = {}
        for name in _ENV_FILES:
            found.update(read_env_file(self.config_dir / name))
        return found

    def env_files(self) -> Mapping[Path, Mapping[str, str]]:
        """All environment files, those of single workers too, with what each says.

        Raises:
            ConfigError: as for `variables`.
        """
        return {path: read_env_file(path) for path in sorted(self.config_dir.glob("*.env"))}

    def _release(self, folder: Path) -> Release:
        mark = folder / "complete"
        complete = mark.exists()
        installed_at = (mark if complete else folder).stat().st_mtime
        return Release(folder.name, installed_at, complete, current=folder == self.current)


def installation(prefix: str = sys.prefix) -> Installation | None:
    """The installation that this Python belongs to; None for a checkout and any other environment."""
    venv = Path(prefix)
    release = venv.parent.resolve()
    root = release.parent.parent
    if venv.name != "venv" or release.parent.name != "releases" or not (root / "config").is_dir():
        return None
    return Installation(root, release)


def read_env_file(path: Path) -> dict[str, str]:
    """The variables of an EnvironmentFile, as systemd reads it; none when there is no such file.

    Raises:
        ConfigError: it is not for this user to read.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise ConfigError(f"{path}: cannot be read: {reason}; run it as root: sudo soniclayer ...") from None
    return {found["name"]: _value(found["quoted"], found["bare"]) for found in _ASSIGNMENT.finditer(text)}


def _value(quoted: str, bare: str) -> str:
    """What was in quotes, and what follows them. A quote later on is a letter as any other."""
    parts = [single or _ESCAPED.sub(_kept_in_quotes, double) for single, double in _QUOTED.findall(quoted)]
    return "".join(parts) + _ESCAPED.sub(lambda found: found[1].strip("\n"), bare.rstrip())


def _kept_in_quotes(found: re.Match[str]) -> str:
    return found[1].strip("\n") if found[1] in '"\\`$\n' else found[0]
