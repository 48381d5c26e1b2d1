"""Puts what was brought back in its place: by renaming, so each recording is there whole or not at all."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from soniclayer.backup.places import ASIDE, INCOMING, RESTORING

if TYPE_CHECKING:
    from pathlib import Path

OF_THIS_MACHINE = "installer"
"""In the configuration: what the installer knows of this machine."""

CERTIFICATE = "certificate"
"""In it: that the certificate is one which the installer has made; it goes with the certificate."""


def put_aside(uploads: Path, aside: Path) -> None:
    """Move everything of a store into a folder in it."""
    aside.mkdir(0o700, exist_ok=True)
    for entry in sorted(uploads.iterdir()):
        if entry.name not in {RESTORING, INCOMING} and not entry.name.startswith(ASIDE):
            shutil.move(entry, aside / entry.name)  # a rename, but for a part of the store on a disk of its own


def put_uploads(tree: Path, uploads: Path) -> None:
    """Move a store in; what is there by an earlier try, or came since, stays."""
    for entry in sorted(tree.iterdir()):
        if entry.name != INCOMING:
            _merge(entry, uploads / entry.name)
    os.sync()


def put_config(tree: Path, config: Path) -> None:
    """Copy configuration over that of this machine, file by file; what the installer knows of it stays."""
    for path in sorted(tree.rglob("*")):
        inner = path.relative_to(tree)
        if inner.parts[0] == OF_THIS_MACHINE:
            continue
        if path.is_dir() and not path.is_symlink():
            _put_folder(path, config / inner)
        else:
            _put_file(path, config / inner)
    _put_note_of_certificate(tree / OF_THIS_MACHINE / CERTIFICATE, config / OF_THIS_MACHINE / CERTIFICATE)
    os.sync()


def _merge(source: Path, target: Path) -> None:
    if not target.exists():
        source.rename(target)
    elif source.is_dir() and target.is_dir():
        for entry in source.iterdir():
            _merge(entry, target / entry.name)


def _put_folder(source: Path, target: Path) -> None:
    if not target.is_dir():
        target.mkdir()
        _as_it_was(source, target)


def _put_file(source: Path, target: Path) -> None:
    part = target.with_name(f".{target.name}.part")
    with suppress(FileNotFoundError):
        part.unlink()
    shutil.copy2(source, part, follow_symlinks=False)
    _as_it_was(source, part)
    part.replace(target)


def _as_it_was(source: Path, target: Path) -> None:
    facts = source.lstat()
    if os.geteuid() == 0:
        os.lchown(target, facts.st_uid, facts.st_gid)
    if not target.is_symlink():
        target.chmod(facts.st_mode & 0o7777)


def _put_note_of_certificate(source: Path, target: Path) -> None:
    if source.is_file() and target.parent.is_dir():
        _put_file(source, target)
    else:
        target.unlink(missing_ok=True)
