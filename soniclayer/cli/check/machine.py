"""The machine that is looked at: its files, its programs, its users, and what this process may do there."""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from soniclayer.cli.check.outcome import CannotKnow

ANSWER_S = 2.0
"""Nobody outside this process is waited for any longer."""

LONGEST_FILE_BYTES = 2**20
"""No file that a check reads is longer; one that is was made by somebody who wishes us ill."""

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Answer:
    """What a program said."""

    code: int
    out: str
    err: str


def ask_program(words: Sequence[str], given: str = "") -> Answer:
    """Run a program for ANSWER_S at most.

    Raises:
        CannotKnow: there is no such program, or it does not end.
    """
    try:
        done = subprocess.run(
            words,
            input=given.encode(),
            capture_output=True,
            timeout=ANSWER_S,
            check=False,
            env={"PATH": _PATH, "LC_ALL": "C", "SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0"},
        )
    except subprocess.TimeoutExpired:
        raise CannotKnow(f"{words[0]} did not answer within {ANSWER_S:.0f} s") from None
    except OSError as error:
        raise CannotKnow(f"{words[0]} cannot be run: {error.strerror}") from None
    return Answer(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace").strip())


@dataclass(frozen=True)
class Machine:
    """`root` is where its files begin; all paths that are handed in are as the machine itself names them."""

    root: Path = Path("/")
    is_root: bool = field(default_factory=lambda: os.geteuid() == 0)
    ask: Callable[..., Answer] = ask_program
    now: Callable[[], float] = time.time

    def path(self, path: str | Path) -> Path:
        """Where one of its files is for us."""
        return self.root / str(path).lstrip("/")

    def read(self, path: str | Path) -> str | None:
        """The text of a file; None when there is none.

        Raises:
            CannotKnow: it cannot be read.
        """
        try:
            with self.path(path).open("rb") as file:
                return file.read(LONGEST_FILE_BYTES).decode(errors="replace")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise CannotKnow(f"{path} cannot be read: {error.strerror}") from None

    def need(self, path: str | Path) -> str:
        """The text of a file.

        Raises:
            CannotKnow: there is none, or it cannot be read.
        """
        text = self.read(path)
        if text is None:
            raise CannotKnow(f"there is no {path}")
        return text

    def found(self, folder: str, pattern: str) -> list[Path]:
        """The files of a folder, by name."""
        return sorted(self.path(folder).glob(pattern))

    def told(self, path: Path) -> str:
        """A path as the machine itself names it."""
        return str(path) if self.root == Path("/") else f"/{path.relative_to(self.root)}"


def user_name(uid: int) -> str:
    """Who it is, or the number."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_name(gid: int) -> str:
    """Who they are, or the number."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
