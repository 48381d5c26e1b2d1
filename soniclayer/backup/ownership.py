"""Whose files are that root has brought back: restic knows the numbers of another machine."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ROOTS_OWN = ("credentials", "tls", "installer")
"""In the configuration: for root alone."""


def give_uploads(tree: Path, uploads: Path) -> None:
    """Give recordings to the owner of the store, and to his group."""
    if os.geteuid() != 0:
        return
    owner = uploads.stat().st_uid
    for path in _all_in(tree):
        os.lchown(path, owner, _group_of(owner))


def give_config(tree: Path, config: Path) -> None:
    """Give configuration to root and the group of the folder, its secrets to root alone."""
    if os.geteuid() != 0:
        return
    group = config.stat().st_gid
    for path in _all_in(tree):
        inner = path.relative_to(tree).parts
        os.lchown(path, 0, 0 if inner and inner[0] in ROOTS_OWN else group)


def _group_of(owner: int) -> int:
    try:
        return pwd.getpwuid(owner).pw_gid
    except KeyError:
        return 0


def _all_in(tree: Path) -> list[Path]:
    return [tree, *tree.rglob("*")]
