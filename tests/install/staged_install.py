"""install.sh below a folder of its own (`--root`), with a release whose Python is a stand-in: nothing is fetched."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).parent.parent.parent
PARTS = ("install.sh", "deploy", "config", "docs", "requirements")

STAND_IN = """#!/bin/sh
case "$*" in
*"models verify"*) exit "${MODELS_VERIFY:-0}" ;;
*"models fetch"*) exit 1 ;;
*"personas flows"*)
  [ -z "$BROKEN_PERSONA" ] || { echo "soniclayer: parent.yaml:3: $BROKEN_PERSONA" >&2; exit 2; }
  ls "${0%/releases/*}/config/personas" ;;
*"keys add"*) echo slk_first >"$0.key"; echo keys: >"${0%/releases/*}/config/keys.yaml"; echo slk_first ;;
esac
"""
"""Of a release's Python install.sh wants the models, what flows are made from, and the first key."""

GENERATOR = """#!/bin/sh
mkdir "$5"
for persona in $(cat "$4"); do echo "{}" >"$5/soniclayer_${persona%.yaml}.json"; done
"""
"""Langflow's Python makes flows: generate.py PERSONAS.json FOLDER."""

NAME_LANGFLOW = """
root= here=$1
source "$1/deploy/install/steps.sh"
source "$1/deploy/install/release.sh"
source "$1/deploy/install/langflow.sh"
settle_surroundings
langflow_of "$1"
"""
"""Whatever Python stands first in the PATH of whoever runs the tests: the installer does not look there."""


def call(*command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """The finished process, without a terminal."""
    return subprocess.run(
        [str(word) for word in command],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )


@dataclass
class Stage:
    """What `--root` names."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "opt/soniclayer"

    @property
    def config(self) -> Path:
        return self.root / "config"

    def release(self, version: str) -> Path:
        """A release of today's files, as if it had been built."""
        release = self.root / "releases" / version
        release.mkdir(parents=True)
        for part in PARTS:
            source = REPO / part
            if source.is_dir():
                shutil.copytree(source, release / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, release / part)
        python = release / "venv/bin/python"
        python.parent.mkdir(parents=True)
        python.write_text(STAND_IN)
        python.chmod(0o755)
        (release / "complete").touch()
        return release

    def langflow(self, version: str) -> Path:
        """The environment of Langflow that a release needs, as if it had been built."""
        name = call("bash", "-c", NAME_LANGFLOW, "bash", self.root / "releases" / version).stdout.strip()
        folder = self.root / "langflow" / name
        (folder / "bin").mkdir(parents=True)
        (folder / "bin/python").write_text(GENERATOR)
        (folder / "bin/python").chmod(0o755)
        (folder / "complete").touch()
        return folder

    def settle(self, version: str, *options: object, **environment: str) -> subprocess.CompletedProcess[str]:
        """What install.sh has a release do when it is built."""
        installer = self.root / "releases" / version / "install.sh"
        return call(installer, "settle", version, "--latest", "--root", self.folder, *options, **environment)

    def settled(self, version: str, *options: object) -> str:
        """As settle, which must succeed; its output."""
        done = self.settle(version, *options)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def recall(self, name: str) -> list[str]:
        """What the installer remembers."""
        return (self.config / "installer" / name).read_text().splitlines()

    def enabled_workers(self) -> list[str]:
        wants = self.folder / "etc/systemd/system/soniclayer.target.wants"
        return sorted(path.name for path in wants.iterdir())

    def everything(self) -> dict[str, tuple[object, ...]]:
        """Each file with what a change would change, but for its content's being read."""
        found = {}
        for path in sorted(self.folder.rglob("*")):
            facts = path.lstat()
            found[str(path)] = (facts.st_ino, facts.st_mode, facts.st_uid, facts.st_gid, facts.st_mtime_ns)
        return found


def mode(path: Path) -> str:
    """As chmod has it: `0640`."""
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"
