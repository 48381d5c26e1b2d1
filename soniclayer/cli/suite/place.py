"""The folder of a suite: what it keeps, who uses it, and how others on this machine find it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from soniclayer.definitions.keys import SCOPES, add_key, find_key, load_keys
from soniclayer.errors import ConfigError, StoreError
from soniclayer.settings import CREDENTIALS_DIRECTORY, user_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_SOCKET_PATH = 100
"""The kernel takes 107 characters; the rest is for what others put behind."""

FIRST_KEY_NAME = "first"


def default_folder() -> Path:
    """Where a suite keeps its data when nothing else is said."""
    return user_dir("XDG_DATA_HOME", ".local/share") / "suite"


@dataclass(frozen=True)
class Place:
    """Paths below `folder`; `run_dir` is for sockets and goes with the suite."""

    folder: Path
    run_dir: Path = field(init=False)

    def __post_init__(self) -> None:
        """Sockets need a short path: a long folder has them in another."""
        short = self.folder / "run"
        fits = len(os.fsencode(short / "redis.sock")) <= LONGEST_SOCKET_PATH
        object.__setattr__(self, "run_dir", short if fits else Path(tempfile.gettempdir()) / self._short_name())

    @property
    def redis_dir(self) -> Path:
        """What Redis keeps."""
        return self.folder / "redis"

    @property
    def redis_socket(self) -> Path:
        """Where Redis listens, for this user alone."""
        return self.run_dir / "redis.sock"

    @property
    def redis_url(self) -> str:
        """The same as a setting."""
        return f"unix://{self.redis_socket}"

    @property
    def uploads_dir(self) -> Path:
        """The store."""
        return self.folder / "uploads"

    @property
    def keys_file(self) -> Path:
        """The hashes of the API keys."""
        return self.folder / "keys.yaml"

    @property
    def first_key_file(self) -> Path:
        """The key that was made at the first start, itself."""
        return self.folder / "first-key"

    def make(self) -> None:
        """Make the folders, for this user alone.

        Raises:
            StoreError: the disk does not let us.
        """
        try:
            for folder in (self.folder, self.redis_dir, self.folder / "credentials"):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.run_dir.mkdir(mode=0o700, exist_ok=True)
            if self.run_dir.is_symlink() or self.run_dir.stat().st_uid != os.geteuid():
                raise StoreError(
                    f"{self.run_dir}: belongs to somebody else; choose a folder with a shorter path: --data"
                )
            _write_secret(self.folder / "credentials" / "session_key", secrets.token_hex(32))
        except OSError as error:
            raise StoreError(f"{error.filename or self.folder}: {error.strerror}") from None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder: one suite at a time; the kernel lets go when we die.

        Raises:
            ConfigError: another one has it.
        """
        with (self.folder / "lock").open("ab") as lock:
            if not _locked(lock):
                raise ConfigError(f"a suite runs on {self.folder} already; for a second one: --data and --port")
            try:
                yield
            finally:
                self._address_file.unlink(missing_ok=True)
                if self.run_dir.parent != self.folder:
                    shutil.rmtree(self.run_dir, ignore_errors=True)

    def first_key(self) -> tuple[str | None, bool]:
        """The key made at the first start, while it is valid, and whether it was made just now."""
        keys = load_keys(self.keys_file)
        kept = self.first_key_file.read_text().strip() if self.first_key_file.exists() else None
        if kept and find_key(keys, kept):
            return kept, False
        self.first_key_file.unlink(missing_ok=True)
        if keys:  # theirs: they know them
            return None, False
        key = add_key(self.keys_file, FIRST_KEY_NAME, SCOPES)
        _write_secret(self.first_key_file, key)
        return key, True

    def environment(self) -> dict[str, str]:
        """What the processes of this suite, and commands that look at it, have in their environment."""
        return {
            "REDIS_URL": self.redis_url,
            "SONICLAYER_UPLOADS_DIR": str(self.uploads_dir),
            "SONICLAYER_KEYS_FILE": str(self.keys_file),
            "SONICLAYER_RUN_DIR": str(self.run_dir),
            CREDENTIALS_DIRECTORY: str(self.folder / "credentials"),
        }

    def announce(self, url: str) -> None:
        """Let others on this machine find the API."""
        self._address_file.write_text(json.dumps({"url": url}))

    def running_url(self) -> str | None:
        """Where the API of the suite is that runs on this folder now; None when none does."""
        try:
            with (self.folder / "lock").open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        except OSError:
            return None
        else:
            return None
        try:
            return str(json.loads(self._address_file.read_text())["url"])
        except (OSError, ValueError, KeyError):
            return None

    @property
    def _address_file(self) -> Path:
        return self.folder / "address.json"

    def _short_name(self) -> str:
        return f"soniclayer-{hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]}"


@dataclass(frozen=True)
class RunningSuite:
    """A suite that runs on this machine: where its API is, and the key that was made at its first start."""

    place: Place
    url: str
    key: str | None


def running_suite() -> RunningSuite | None:
    """The suite that runs on the usual folder, of this user; None when none does."""
    try:
        place = Place(default_folder())
        url = place.running_url()
        key = place.first_key_file.read_text().strip() if url and place.first_key_file.exists() else None
    except (ConfigError, OSError):  # a user without a home folder
        return None
    return RunningSuite(place, url, key) if url else None


def _locked(lock: BinaryIO) -> bool:
    """Take the lock; not at the first try only, because `running_url` may be looking."""
    for _ in range(5):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # noqa: PERF203 - five times at most
            time.sleep(0.05)
        else:
            return True
    return False


def _write_secret(path: Path, text: str) -> None:
    """Write a file for this user alone, once."""
    if path.exists():
        return
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text + "\n")
