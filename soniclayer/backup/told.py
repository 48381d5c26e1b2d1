"""What a backup, a drill or a restore tells while it works."""

from __future__ import annotations

from typing import Protocol


class Told(Protocol):
    """Somebody who is told."""

    def begin(self, what: str) -> None:
        """The next part of the work begins: a few words."""

    def seen(self, done_bytes: int, all_bytes: int) -> None:
        """How far this part is; `all_bytes` may still grow, and is 0 where nobody knows."""

    def note(self, line: str) -> None:
        """What people should know, and is no failure."""
