"""How far a backup, a drill or a restore is: a line that moves on a terminal; elsewhere notes alone."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


class Bar:
    """A `Told` on standard error; use it as a context manager."""

    def __init__(self) -> None:
        console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            DownloadColumn(),
            TimeElapsedColumn(),
        )
        self._shown = console.is_terminal
        self._bars = Progress(*columns, console=console, transient=True, disable=not self._shown)
        self._task = self._bars.add_task("", total=None)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def begin(self, what: str) -> None:
        """See Told."""
        self._bars.reset(self._task, description=what, total=None)

    def seen(self, done_bytes: int, all_bytes: int) -> None:
        """See Told."""
        self._bars.update(self._task, completed=done_bytes, total=all_bytes or None)

    def note(self, line: str) -> None:
        """See Told."""
        if self._shown:
            self._bars.console.print(line, soft_wrap=True)
        else:
            print(line, file=sys.stderr, flush=True)  # noqa: T201 - this is the command line
