"""A store, a configuration and a repository of restic in a folder, and the commands on them as somebody types them."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from samples import ROOT, take_in

from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings

if TYPE_CHECKING:
    from pathlib import Path

COMMAND_S = 240.0
PASSWORD = "of the backups"  # noqa: S105 - of a repository in a test
OTHER_PASSWORD = {"SONICLAYER_BACKUP_PASSWORD": "another"}


class BackupPlace:
    """`folder` has `uploads`, `config` and `backups`; `other` is another machine with the same repository."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.uploads, self.config, self.backups = (folder / name for name in ("uploads", "config", "backups"))
        self.repository = self.backups / "repository"
        self.settings = settings
        for made in (self.uploads, self.config):
            made.mkdir(parents=True)
        (self.config / "backend.env").write_text("LOG_LEVEL=INFO\n")

    @property
    def store(self) -> LocalStore:
        return LocalStore(self.uploads)

    def add(self, *sounds: bytes) -> list[str]:
        """The ids of recordings that were accepted now, with nothing done yet."""
        return [take_in(self.store, data).recording.audio_id for data in sounds]

    def ids(self) -> list[str]:
        return sorted(Recordings(self.store).ids())

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """`soniclayer WORDS`."""
        return subprocess.run(self.command(*words), **self._options(environment), timeout=COMMAND_S, check=False)

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        """The same, and it goes on."""
        return subprocess.Popen(self.command(*words), **self._options(environment))

    def must(self, *words: str, **environment: str) -> str:
        """What it prints; it has to succeed."""
        done = self.run(*words, **environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def proof(self, name: str) -> dict:
        return json.loads((self.backups / name).read_text())

    @contextlib.contextmanager
    def hold(self, fifo: Path):
        """A restic that has its lock, and waits for the end of what it is to copy."""
        os.mkfifo(fifo)
        with fifo.open("r+b", buffering=0) as never_ends:
            command = ["restic", "--no-cache", "backup", "--stdin"]
            holder = subprocess.Popen(command, env=self._restic(), stdin=never_ends, stdout=subprocess.DEVNULL)
            try:
                yield holder
            finally:
                holder.kill()
                holder.wait()

    def restic(self, *words: str) -> str:
        """restic itself on the repository."""
        command = ["restic", "--no-cache", *words]
        return subprocess.run(command, env=self._restic(), capture_output=True, text=True, check=True).stdout

    def _restic(self) -> dict[str, str]:
        return {**os.environ, "RESTIC_REPOSITORY": str(self.repository), "RESTIC_PASSWORD": PASSWORD}

    @staticmethod
    def command(*words: str) -> list[str]:
        return [sys.executable, "-m", "soniclayer", *words]

    def _options(self, environment: dict[str, str]) -> dict:
        variables = {
            "SONICLAYER_UPLOADS_DIR": str(self.uploads),
            "SONICLAYER_CONFIG_DIR": str(self.config),
            "SONICLAYER_BACKUPS_DIR": str(self.backups),
            "SONICLAYER_BACKUP_PASSWORD": PASSWORD,
            "SONICLAYER_MIN_FREE_BYTES": "0",
            "REDIS_URL": f"unix://{self.folder}/no-redis.sock",
            "PYTHONPATH": str(ROOT),
            **self.settings,
            **environment,
        }
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return {"env": {**os.environ, **variables}, **streams}


def in_between(folder: Path, name: str, script: str) -> dict[str, str]:
    """The environment in which a program of that name is a shell script; `real NAME` in it runs the true one."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f'#!/bin/bash\nreal() {{ PATH=${{PATH#*:}} command "$@"; }}\n{script}\n')
    program.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}
