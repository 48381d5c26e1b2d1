"""The commands of docs/operations.md, and what the page says of those that are not run.

A comment before a block says what is out of the ordinary:
    <!-- not run: WHY -->          nobody runs it
    <!-- exits 1: WHY -->          it may end with 1
    <!-- ends with Ctrl-C -->      it goes on for ever
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs/operations.md"
_BLOCK = re.compile(r"(?:^<!-- (.*) -->\n)?^```console\n((?:(?!```).*\n)*)^```$", re.MULTILINE)


@dataclass(frozen=True)
class Command:
    """A line after `$ `, and the comment before its block, if there is one."""

    line: str
    comment: str

    @property
    def is_run(self) -> bool:
        return not self.comment.startswith("not run: ")

    @property
    def is_endless(self) -> bool:
        return self.comment == "ends with Ctrl-C"

    @property
    def exit_codes(self) -> set[int]:
        return {0, 1} if self.comment.startswith("exits 1: ") else {0}

    @property
    def is_explained(self) -> bool:
        known = r"|ends with Ctrl-C|(not run|exits 1): .{10,}"
        return re.fullmatch(known, self.comment) is not None


def commands(text: str | None = None) -> list[Command]:
    """All of them, in the order of the page."""
    blocks = _BLOCK.findall(PAGE.read_text() if text is None else text)
    return [
        Command(line.removeprefix("$ "), comment)
        for comment, block in blocks
        for line in block.splitlines()
        if line.startswith("$ ")
    ]


def fences() -> int:
    """How many blocks there are of whatever kind: none is to hide commands."""
    return len(re.findall(r"^```\w*$", PAGE.read_text(), re.MULTILINE)) // 2


def blocks() -> int:
    """How many of them are commands."""
    return len(_BLOCK.findall(PAGE.read_text()))
