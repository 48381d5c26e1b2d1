"""What an installation looks like, without its programs: folders, releases, and a Python that belongs to one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest

from soniclayer import installation, settings
from soniclayer.cli import here, models, rollback, service_user

REPO = Path(__file__).parent.parent
SERVICE_USER = "nobody"
PREFIX_CHANGED = """
import soniclayer.installation
soniclayer.installation.SERVICE_USER = "{user}"
import sys
"""


class InstalledTree:
    """`root` is what /opt/soniclayer is; `release` is the current one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config = root / "config"
        for folder in ("config/credentials", "uploads", "models"):
            (root / folder).mkdir(parents=True)
        shutil.copytree(REPO / "config", self.config, dirs_exist_ok=True)
        self.release = self.add_release("1.0.0+11111111", 1_000_000_000)
        self.switch(self.release)

    @property
    def place(self) -> installation.Installation:
        return installation.Installation(self.root, self.release)

    def add_release(self, version: str, installed_at: float) -> Path:
        release = self.root / "releases" / version
        (release / "venv/bin").mkdir(parents=True)
        (release / "complete").touch()
        os.utime(release / "complete", (installed_at, installed_at))
        return release

    def switch(self, release: Path) -> None:
        link = self.root / "current"
        link.unlink(missing_ok=True)
        link.symlink_to(release.relative_to(self.root))

    def add_python(self) -> None:
        """A Python whose prefix is the release's, with all that this one has."""
        base = self._within_reach("base", sys.base_prefix)
        packages_here = self._within_reach("packages", sysconfig.get_paths()["purelib"])
        repo = self._within_reach("repo", REPO)
        name = f"python{sys.version_info.major}.{sys.version_info.minor}"
        venv = self.release / "venv"
        (venv / "bin/python").symlink_to(base / "bin" / name)
        (venv / "pyvenv.cfg").write_text(f"home = {base / 'bin'}\n")
        packages = venv / "lib" / name / "site-packages"
        packages.mkdir(parents=True)
        (packages / "ours.pth").write_text(f"{packages_here}\n{repo}\n")

    def take_down(self) -> None:
        """Undo what `add_python` mounted."""
        for folder in (self.root / "within-reach").iterdir():
            subprocess.run(["umount", folder], check=True)

    def _within_reach(self, name: str, folder: str | Path) -> Path:
        """The same folder where everybody may go: a checkout, or a Python, may be in root's home."""
        place = self.root / "within-reach" / name
        place.mkdir(parents=True)
        subprocess.run(["mount", "--bind", folder, place], check=True)
        subprocess.run(["mount", "-o", "remount,ro,bind", place], check=True)  # no clearing-up removes it
        return place

    def python(self, program: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run it by the release's Python; the services' user is `nobody`."""
        return subprocess.run(
            [self.root / "current/venv/bin/python", "-c", PREFIX_CHANGED.format(user=SERVICE_USER) + program],
            env={"PATH": os.environ["PATH"], "HOME": "/root", "XDG_CACHE_HOME": "/root/.cache", **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture
def as_installed(tmp_path, monkeypatch):
    """This process belongs to an installation, as root sees it; no setting is in the environment."""
    tree = InstalledTree(tmp_path / "opt")
    for module in (installation, settings, here, models, rollback, service_user):
        monkeypatch.setattr(module, "installation", lambda: tree.place)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for name in [settings.CREDENTIALS_DIRECTORY, *map(settings.variable_name, settings.Settings.model_fields)]:
        monkeypatch.delenv(name, raising=False)
    return tree


@pytest.fixture
def opt(root):
    """An installation with a Python of its own, where its user can reach it: pytest's folders are for root alone."""
    folder = Path(tempfile.mkdtemp(prefix="soniclayer-opt-"))
    folder.chmod(0o755)
    tree = InstalledTree(folder / "opt")
    tree.add_python()
    yield tree
    tree.take_down()
    shutil.rmtree(folder)
