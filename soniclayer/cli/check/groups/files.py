"""Whose the files are, and who else gets at them."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

from soniclayer.cli.check.check import Check, Need
from soniclayer.cli.check.machine import group_name, user_name
from soniclayer.cli.check.outcome import Severity, fault, ok, several, unknown
from soniclayer.storage import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soniclayer.cli.check.outcome import Outcome
    from soniclayer.cli.check.place import Place

OTHERS = stat.S_IRWXO
GROUP_AND_OTHERS = stat.S_IRWXG | stat.S_IRWXO
WRITERS = stat.S_IWGRP | stat.S_IWOTH
SERVED = (names.SOURCE, names.LISTENING)
"""The files of a recording that nginx reads."""

LONGEST_LOOK_S = 1.0
SOCKETS = ("/run/soniclayer/backend.sock", "/run/redis-soniclayer/redis.sock")
REPAIR = "run install.sh again: it sets owners and modes"


def look_at_credentials(place: Place) -> Outcome:
    """For root alone."""
    folder = place.home.credentials_dir
    if not folder.is_dir():
        return fault(f"there is no {folder}", REPAIR)
    private = place.home.config_dir / "tls" / "privkey.pem"
    paths = [folder, *sorted(folder.iterdir()), *([private] if private.exists() else [])]
    open_to = [_shown(path) for path in paths if _mode(path) & GROUP_AND_OTHERS or not _is_roots(path)]
    if open_to:
        return fault(f"not root's alone: {several(open_to)}", f"chown -R root:root {folder}; chmod -R go= {folder}")
    return ok(f"{len(paths) - 1} files, for root alone")


def look_at_config(place: Place) -> Outcome:
    """Root writes, the services read, others get nothing."""
    folder = place.home.config_dir
    paths = [folder, *(path for path in folder.rglob("*") if place.home.credentials_dir not in path.parents)]
    wrong = [path for path in paths if not path.is_symlink() and (_mode(path) & WRITERS or not _is_roots(path))]
    if wrong:
        return fault(
            f"others than root may change {several([_shown(path) for path in wrong])}", f"chmod -R g-w,o= {folder}"
        )
    if _mode(folder) & OTHERS:
        return fault(f"everybody may read {_shown(folder)}", f"chmod o= {folder}")
    return ok(_shown(folder))


def look_at_uploads(place: Place) -> Outcome:
    """Others do not even enter; nginx passes through to what it serves. Looks for LONGEST_LOOK_S at most."""
    folder = place.backend.uploads_dir
    if not folder.is_dir():
        return fault(f"there is no {folder}", REPAIR)
    if _mode(folder) & (OTHERS | stat.S_IWGRP | stat.S_IRGRP):
        cure = f"chmod 0710 {folder}"
        return fault(f"others may look into it, or write: {_shown(folder)}", cure)
    wrong, count, all_seen = _look_below(folder)
    if wrong:
        others = " ".join(f"! -name {name}" for name in SERVED)
        return fault(
            f"too open: {several([_shown(path) for path in wrong])}",
            f"find {folder} -type f {others} -exec chmod 0600 {{}} + (and who made them so?)",
        )
    seen = f"{count} files and folders below" if all_seen else f"the first {count} files and folders below"
    return ok(f"{_shown(folder)}, {seen}")


def look_at_sockets(place: Place) -> Outcome:
    """For those who need them."""
    paths = [path for name in SOCKETS if (path := place.machine.path(name)).exists()]
    if not paths:
        return unknown("none is there: does the suite run?")
    wrong = [path for path in paths if _mode(path) & OTHERS and _is_open_to_all(path.parent)]
    if wrong:
        cure = "SocketMode=0660 in soniclayer-backend.socket, unixsocketperm 770 in redis-soniclayer.conf, and restart"
        return fault(f"everybody on the machine may use {several([_shown(path) for path in wrong])}", cure)
    return ok(several([_shown(path) for path in paths]))


def look_at_code(place: Place) -> Outcome:
    """What the services run must not be theirs to change."""
    home = place.home
    venv = home.current / "venv"
    paths = [home.root, home.root / "releases", home.current, venv, venv / "bin", home.current / "install.sh"]
    wrong = [path for path in paths if path.exists() and (_mode(path) & WRITERS or not _is_roots(path))]
    if wrong:
        return fault(f"others than root may change {several([_shown(path) for path in wrong])}", REPAIR)
    return ok(f"{home.current} is root's")


def _look_below(folder: Path) -> tuple[list[Path], int, bool]:
    """What is too open, how many were looked at, and whether that were all."""
    wrong, count, until = [], 0, time.monotonic() + LONGEST_LOOK_S
    for path, mode in _modes(folder):
        count += 1
        allowed = stat.S_IXGRP | stat.S_IXOTH if stat.S_ISDIR(mode) else 0
        if path.name in SERVED:
            allowed = stat.S_IRGRP | stat.S_IROTH
        if stat.S_IMODE(mode) & GROUP_AND_OTHERS & ~allowed:
            wrong.append(path)
        if time.monotonic() > until:
            return wrong, count, False
    return wrong, count, True


def _modes(folder: Path) -> Iterator[tuple[Path, int]]:
    """Everything below; what goes meanwhile is left out, links too."""
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent) / name
            try:
                mode = path.lstat().st_mode
            except FileNotFoundError:
                continue
            if not stat.S_ISLNK(mode):
                yield path, mode


def _is_open_to_all(folder: Path) -> bool:
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in (folder, *folder.parents))


def _is_roots(path: Path) -> bool:
    return path.lstat().st_uid == 0


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def _shown(path: Path) -> str:
    facts = path.lstat()
    return f"{path} ({stat.S_IMODE(facts.st_mode):04o} {user_name(facts.st_uid)}:{group_name(facts.st_gid)})"


_ROOT = frozenset({Need.INSTALLATION, Need.ROOT})
CHECKS = (
    Check("files.credentials", "root alone reads the secrets", Severity.ERROR, look_at_credentials, _ROOT),
    Check("files.config", "root alone writes the configuration", Severity.ERROR, look_at_config, _ROOT),
    Check("files.uploads", "recordings are for the services alone", Severity.ERROR, look_at_uploads, _ROOT),
    Check("files.sockets", "the sockets are for those who need them", Severity.ERROR, look_at_sockets, _ROOT),
    Check("files.code", "the services cannot change what they run", Severity.ERROR, look_at_code, _ROOT),
)
