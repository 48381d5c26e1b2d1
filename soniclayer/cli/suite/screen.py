"""What the suite and its processes say, line by line, each with its name in front."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import threading
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from typing import BinaryIO

COLOURS = (36, 35, 33, 32, 34, 96, 95, 93, 92, 94)
"""ANSI foreground colours, one process each; nothing in red: that is for faults."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NAME_COLUMNS = 9


class Screen:
    """Lines from many threads, whole. A terminal that has gone away is no reason to stop."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._colours = self._stream.isatty() and not os.environ.get("NO_COLOR")
        self._lock = threading.Lock()
        self._names: list[str] = []

    def say(self, text: str = "") -> None:
        """A line of the suite itself."""
        self._write(text)

    def line(self, name: str, text: str) -> None:
        """A line of one of its processes."""
        with self._lock:
            if name not in self._names:
                self._names.append(name)
            colour = COLOURS[self._names.index(name) % len(COLOURS)]
        shown = f"{name:<{_NAME_COLUMNS}} |"
        shown = f"\x1b[{colour}m{shown}\x1b[0m" if self._colours else shown
        self._write(f"{shown} {_CONTROL.sub('', text)}")

    def follow(self, name: str, output: BinaryIO, unsaid: tuple[str, ...] = ()) -> threading.Thread:
        """Show what a process writes, until it closes its output; but for lines that hold one of `unsaid`."""

        def copy() -> None:
            with output:
                for line in output:
                    text = line.decode(errors="replace").rstrip()
                    if not any(words in text for words in unsaid):
                        self.line(name, text)

        thread = threading.Thread(target=copy, name=f"output of {name}", daemon=True)
        thread.start()
        return thread

    def _write(self, line: str) -> None:
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._stream.write(f"{line}\n")
            self._stream.flush()
