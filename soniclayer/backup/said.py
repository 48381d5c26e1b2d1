"""What restic says when it fails, in one line of ours with its cure."""

from __future__ import annotations

import re

from soniclayer.errors import BackupError

_CAUSES = (
    ("wrong password or no key found", "wrong_password", "{repository}: its password is another one"),
    ("already locked", "locked", "{repository} is locked: {detail}"),
    ("no space left on device|disk quota exceeded", "no_room", "{repository}: no space left: {detail}"),
    (
        "read-only file system",
        "repository",
        "{repository}: cannot be written from here: {detail}; where a unit says so, make install lets it",
    ),
    ("no matching ID found|no snapshot found|not found in snapshot", "no_snapshot", "{repository}: {detail}"),
    ("Is there a repository at the following location", "repository", "{repository} cannot be opened: {detail}"),
)
"""What it may say, the code of our error, and its words; the first that fits counts."""


def failure_of(said: str, repository: str) -> BackupError:
    """The error for what restic wrote to standard error."""
    detail = _detail(said)
    for pattern, code, words in _CAUSES:
        if re.search(pattern, said, re.IGNORECASE):
            return BackupError(words.format(repository=repository, detail=detail), code=code)
    return BackupError(f"{repository}: restic: {detail}", code="restic")


def _detail(said: str) -> str:
    """The line that names the cause: the first fatal one, else the last."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("{")]
    fatal = next((line for line in lines if "Fatal: " in line or "unable to " in line), lines[-1] if lines else "")
    return re.sub(r"(?<=//)[^/@]*@", "…@", fatal.rpartition("Fatal: ")[2]) or "it says nothing"
