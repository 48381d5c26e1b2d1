"""Progress of a fetch, on standard error: a bar on a terminal, else one line per file."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import TaskID


class FetchProgress(Protocol):
    """What a fetch tells while it works."""

    def waiting(self, model: str) -> None:
        """Another fetch of the model is going on, and we wait for it."""

    def start(self, model: str, total_bytes: int | None) -> None:
        """A model begins; total_bytes of it are still to be had, None: not known."""

    def doing(self, what: str) -> None:
        """What is going on, a few words."""

    def seen(self, in_flight_bytes: int) -> None:
        """So many bytes of what is being brought have arrived."""

    def file_done(self, file: str, size_bytes: int, source: str) -> None:
        """A file is verified."""


@contextmanager
def open_progress() -> Iterator[FetchProgress]:
    """The progress that fits standard error."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield LineProgress()
        return
    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}", table_column=Column(no_wrap=True)),
        BarColumn(bar_width=12),
        DownloadColumn(table_column=Column(no_wrap=True)),
        TimeElapsedColumn(table_column=Column(no_wrap=True)),
        TextColumn("{task.fields[doing]}", style="dim", table_column=Column(no_wrap=True, overflow="ellipsis")),
    )
    with Progress(*columns, console=console) as bars:
        yield BarProgress(bars)


class LineProgress:
    """One line per file."""

    def __init__(self) -> None:
        self._model = ""

    def waiting(self, model: str) -> None:
        """See FetchProgress."""
        self._model = model
        self._say("waiting for another fetch of it")

    def start(self, model: str, total_bytes: int | None) -> None:
        """See FetchProgress."""
        self._model = model
        size = f", {size_text(total_bytes)}" if total_bytes else ""
        self._say(f"fetching{size}")

    def doing(self, what: str) -> None:
        """See FetchProgress; too much for lines."""

    def seen(self, in_flight_bytes: int) -> None:
        """See FetchProgress; too much for lines."""

    def file_done(self, file: str, size_bytes: int, source: str) -> None:
        """See FetchProgress."""
        self._say(f"{file} {size_text(size_bytes)} from {source}")

    def _say(self, text: str) -> None:
        print(f"{self._model}: {text}", file=sys.stderr, flush=True)  # noqa: T201 - this is the output of a command


class BarProgress:
    """One bar per model; it never goes back."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task: TaskID | None = None
        self._done_bytes = 0
        self._shown_bytes = 0
        self._total_bytes: int | None = None

    def waiting(self, model: str) -> None:
        """See FetchProgress."""
        self._bars.console.print(f"{model}: waiting for another fetch of it")

    def start(self, model: str, total_bytes: int | None) -> None:
        """See FetchProgress."""
        self._done_bytes, self._shown_bytes, self._total_bytes = 0, 0, total_bytes
        self._task = self._bars.add_task(model, total=total_bytes, doing="")

    def doing(self, what: str) -> None:
        """See FetchProgress."""
        if self._task is not None:
            self._bars.update(self._task, doing=what)

    def seen(self, in_flight_bytes: int) -> None:
        """See FetchProgress."""
        self._show(self._done_bytes + in_flight_bytes)

    def file_done(self, file: str, size_bytes: int, source: str) -> None:
        """See FetchProgress."""
        self._done_bytes += size_bytes
        self._show(self._done_bytes)
        self.doing(f"{file} verified, from {source}")

    def _show(self, completed_bytes: int) -> None:
        self._shown_bytes = max(self._shown_bytes, min(completed_bytes, self._total_bytes or completed_bytes))
        if self._task is not None:
            self._bars.update(self._task, completed=self._shown_bytes)


def size_text(size_bytes: int | None) -> str:
    """A size for people, in decimal units, e.g. `148 MB`; `?` when it is not known."""
    if size_bytes is None:
        return "?"
    size, unit = float(size_bytes), "bytes"
    for larger in ("kB", "MB", "GB"):
        if size < 1000:  # noqa: PLR2004 - the step of decimal units
            break
        size, unit = size / 1000, larger
    return f"{size:.3g} {unit}" if size < 100 else f"{size:.0f} {unit}"  # noqa: PLR2004 - three digits are enough
