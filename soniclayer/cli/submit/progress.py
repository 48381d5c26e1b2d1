"""How far uploads and recordings are: a bar each on a terminal, a line for each that has ended elsewhere."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Column
from rich.text import Text

from soniclayer.export.plain import one_line
from soniclayer.models.progress import size_text

if TYPE_CHECKING:
    from types import TracebackType
    from typing import TextIO

    from typing_extensions import Self

    from soniclayer.cli.submit.follow import Standing

_NAME_COLUMNS = 28


class SubmitProgress:
    """A context manager; safe to use from several threads."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self._shown = self._console.is_terminal and not self._console.is_dumb_terminal
        self._bars = Progress(
            _text("name", Column(max_width=_NAME_COLUMNS, no_wrap=True, overflow="ellipsis", ratio=5)),
            BarColumn(bar_width=None, table_column=Column(min_width=6, ratio=5)),
            _text("amount", Column(no_wrap=True, justify="right"), "green"),
            _text("note", Column(no_wrap=True, overflow="ellipsis", ratio=4), "dim"),
            console=self._console,
            expand=True,
            transient=True,
            disable=not self._shown,
            redirect_stdout=False,
        )
        self._tasks: dict[str, TaskID] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        if self._shown:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def uploading(self, name: str, sent_bytes: int, size_bytes: int) -> None:
        """So much of a file was sent."""
        note = "uploading" if sent_bytes < size_bytes else "waiting for the answer"
        self._update(name, sent_bytes, size_bytes, f"{size_text(sent_bytes)} / {size_text(size_bytes)}", note)

    def waiting(self, name: str, wait_s: float) -> None:
        """The server has asked for patience."""
        self._update(name, None, None, None, f"the server is busy, again in {wait_s:.0f} s")

    def working(self, name: str, standing: Standing) -> None:
        """So much of a recording is done, in seconds of audio."""
        amount = f"{standing.done_s:.0f} / {'~' if standing.estimated else ''}{standing.total_s:.0f} s"
        self._update(name, standing.done_s, standing.total_s or None, amount, standing.state)

    def ended(self, name: str, words: str) -> None:
        """Leave a line in the place of the bar."""
        with self._lock:
            task = self._tasks.pop(name, None)
        if task is not None:
            self._bars.remove_task(task)
        self._console.print(Text(one_line(f"{name}: {words}")), soft_wrap=True)

    def _update(self, name: str, done: float | None, total: float | None, amount: str | None, note: str) -> None:
        with self._lock:
            if name not in self._tasks:
                self._tasks[name] = self._bars.add_task("", total=None, name=one_line(name), amount="", note="")
            task = self._tasks[name]
        if amount is None:
            self._bars.update(task, note=note)
        else:
            self._bars.update(task, completed=done, total=total, note=note, amount=amount)


def _text(name: str, column: Column, style: str = "none") -> TextColumn:
    return TextColumn(f"{{task.fields[{name}]}}", style=style, markup=False, table_column=column)
