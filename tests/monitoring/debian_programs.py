"""Programs out of Debian's packages, without installing them: a package's daemon would start on the machine of whoever
runs the tests."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
from pathlib import Path

PACKAGES = ("prometheus", "prometheus-alertmanager")
TEMPLATES = "usr/share/prometheus/alertmanager"
"""Where Alertmanager looks for the templates it comes with: written into the program, below /."""


def debian_programs() -> Path:
    """The folder with `usr/bin/prometheus`, `promtool`, `amtool` and the like; kept in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "soniclayer" / "monitoring-tests"
    cache.mkdir(parents=True, exist_ok=True)
    recipe = (1, PACKAGES, platform.freedesktop_os_release().get("VERSION_CODENAME"), platform.machine())
    folder = cache / f"programs-{hashlib.sha256(repr(recipe).encode()).hexdigest()[:12]}"
    with (cache / "programs.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _unpack_into(folder)
    return folder


def _unpack_into(folder: Path) -> None:
    unfinished = folder.with_suffix(".tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    for name in ("lists/partial", "archives/partial", "packages", "files"):
        (unfinished / name).mkdir(parents=True)
    _apt(unfinished, "update")
    _apt(unfinished, "download", *PACKAGES)
    for package in (unfinished / "packages").glob("*.deb"):
        subprocess.run(["dpkg-deb", "--extract", package, unfinished / "files"], check=True)
    _look_for_templates_in_cwd(unfinished / "files/usr/bin/prometheus-alertmanager")
    (unfinished / "files").rename(folder)
    shutil.rmtree(unfinished)


def _look_for_templates_in_cwd(program: Path) -> None:
    """Have it look where it is started, in as many letters: it is not installed."""
    written = f"/{TEMPLATES}".encode()
    program.write_bytes(program.read_bytes().replace(written, b"/proc/self/cwd".ljust(len(written), b"/")))


def _apt(folder: Path, *words: str) -> None:
    """apt-get, with lists of its own: those of the machine may be missing or old, and are root's to renew."""
    options = (
        f"Dir::State::lists={folder}/lists",
        f"Dir::Cache={folder}",
        "APT::Sandbox::User=root",
        "Acquire::Retries=3",
    )
    done = subprocess.run(
        ["apt-get", "--quiet", *(word for option in options for word in ("-o", option)), *words],
        cwd=folder / "packages",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"apt-get {' '.join(words)}:\n{done.stdout}{done.stderr}"
