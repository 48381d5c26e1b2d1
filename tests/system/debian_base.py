"""The file system that machines start with: a fresh Debian 12 without redis and nginx, built once and kept."""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

SUITE = "bookworm"
PACKAGES = (
    *("systemd", "systemd-sysv", "libpam-systemd", "libnss-systemd", "dbus"),
    *("python3", "python3-venv", "make", "sudo", "ca-certificates", "curl", "openssl", "iproute2", "procps"),
    *("restic", "libfaketime"),
)
MASKED = ("apt-daily.timer", "apt-daily-upgrade.timer", "console-getty.service", "systemd-firstboot.service")
"""What would use the network, or the lock of dpkg, in the middle of a test."""

OWN_MOUNTS = ("unshare", "--mount", "--propagation", "private")
"""Its mounts go when it does, even killed."""

APT_SOURCES = ("/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list")
APT_OPTION = re.compile(r"Acquire::(https?::(Proxy|CaInfo)|Check-(Valid-Until|Date)) .*", re.IGNORECASE)

OPTIONS = (
    "--mode=root",
    "--variant=minbase",
    *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale")),
    *(f"--customize-hook=ln -s /dev/null $1/etc/systemd/system/{unit}" for unit in MASKED),
    "--customize-hook=: >$1/etc/fstab",
    "--customize-hook=echo LANG=C.UTF-8 >$1/etc/default/locale",
)


def debian_base(cache: Path) -> Path:
    """Its folder; two minutes when the cache has none yet."""
    recipe = [*OPTIONS, f"--include={','.join(PACKAGES)}", SUITE]
    folder = cache / f"base-{hashlib.sha256(repr(recipe).encode()).hexdigest()[:12]}"
    with (cache / "base.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _build(recipe, folder)
    return folder


def _build(recipe: list[str], folder: Path) -> None:
    unfinished = folder.with_suffix(".tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    with (folder.parent / "base.log").open("w+") as log:
        done = subprocess.run(
            [*OWN_MOUNTS, "mmdebstrap", *_apt_options(), *recipe, unfinished, *_sources()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        )
        log.seek(0)
        assert done.returncode == 0, f"mmdebstrap failed:\n{log.read()[-3000:]}"
    unfinished.rename(folder)


def _apt_options() -> list[str]:
    """How the host's apt gets out; the machines' apt does it in the same way."""
    told = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True)
    return [f"--aptopt={line}" for line in told.stdout.splitlines() if APT_OPTION.fullmatch(line)]


def _sources() -> list[str]:
    """The host's own sources where it is of the same suite, say a mirror; otherwise mmdebstrap's default."""
    found = (path for path in map(Path, APT_SOURCES) if path.is_file() and SUITE in path.read_text())
    return [str(path) for path in found][:1]
