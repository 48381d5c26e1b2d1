"""Landlock: which files this process may read and write from now on. Numbers are those of linux/landlock.h."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""System calls, the same on every architecture."""

ASK_VERSION = 1
RULE_PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REMOVE_FILE, MAKE_REG, TRUNCATE = 1 << 5, 1 << 8, 1 << 14

READ = EXECUTE | READ_FILE | READ_DIR
"""`EXECUTE` is for mapping libraries where that is asked; programs are forbidden by `calls`."""

WRITE = READ_FILE | READ_DIR | WRITE_FILE | REMOVE_FILE | MAKE_REG | TRUNCATE
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
"""What a rule on a file may say; the rest is of folders."""

HANDLED = {1: (1 << 13) - 1, 2: (1 << 14) - 1}
"""What each version of Landlock knows: Linux 5.13, 5.19. Since 6.2, truncation too."""
HANDLED_SINCE_6_2 = (1 << 15) - 1


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def version(libc: ctypes.CDLL) -> int:
    """Of the kernel's Landlock; 0 where there is none, or where a filter forbids to ask."""
    return max(0, int(libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(ASK_VERSION))))


def restrict(libc: ctypes.CDLL, reads: Iterable[Path], writes: Iterable[Path]) -> None:
    """Nothing may be opened any more but what lies at or below these; what is not there is left out.

    Raises:
        OSError: the kernel refused.
    """
    known = version(libc)
    if known == 0:
        return
    handled = HANDLED.get(known, HANDLED_SINCE_6_2)
    ruleset = _Ruleset(handled)
    rules = _checked(libc.syscall(CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(8), ctypes.c_uint32(0)))
    try:
        for paths, rights in ((reads, READ), (writes, WRITE)):
            for path in paths:
                with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
                    _allow(libc, rules, path, rights & handled)
        _checked(libc.syscall(RESTRICT_SELF, rules, ctypes.c_uint32(0)))
    finally:
        os.close(rules)


def _allow(libc: ctypes.CDLL, rules: int, path: Path, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _PathBeneath(rights if path.is_dir() else rights & OF_A_FILE, place)
        _checked(libc.syscall(ADD_RULE, rules, RULE_PATH_BENEATH, ctypes.byref(rule), ctypes.c_uint32(0)))
    finally:
        os.close(place)


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "landlock")
    return result
