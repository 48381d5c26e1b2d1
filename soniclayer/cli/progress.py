"""How far the recordings are: bars on a terminal, one line per finished recording elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, TaskID, TextColumn
from rich.progress import Progress as Bars
from rich.table import Column
from rich.text import Text

from soniclayer.cli.pace import Pace
from soniclayer.export.plain import clock, one_line

if TYPE_CHECKING:
    from types import TracebackType
    from typing import TextIO

    from rich.progress import Task
    from typing_extensions import Self

_NAME_COLUMNS = 28
_NOTE_COLUMNS = 24
_SHORT_ID = 12


class AnalysisProgress:
    """A bar per recording under way, in seconds of audio; with several, a line for all of them on top.

    Use it as a context manager. While it is shown, what Python code writes to `sys.stderr` (warnings, log
    handlers that look it up when they write) appears above the bars; a handler that keeps the old stream, or
    a child process, would tear them. Where `stream` is no terminal, only `finished` writes, one line each.

    Args:
        stream: where to show it, `sys.stderr`.
        recordings: how many there will be, where that is known before they come.
    """

    def __init__(self, stream: TextIO, recordings: int = 1) -> None:
        self._recordings = recordings
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self._shown = self._console.is_terminal and not self._console.is_dumb_terminal
        self._bars = _bars(self._console, disable=not self._shown)
        self._all = self._bars.add_task("", pace=None, name="all recordings", amount="", note="", visible=False)
        self._under_way: dict[str, _Recording] = {}
        self._ended: set[str] = set()

    def __enter__(self) -> Self:
        if self._shown:
            self._bars.start()
        self._count()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def update(  # noqa: PLR0913, PLR0917 - what a line shows, in its order
        self,
        audio_id: str,
        name: str,
        done_s: float,
        total_s: float,
        estimated: bool,  # noqa: FBT001 - it belongs to the total before it
        note: str = "",
    ) -> None:
        """Show how far a recording is: seconds of audio done, of a total that may still be an estimate.

        An update that comes after `finished` is not shown.
        """
        if audio_id in self._ended:
            return
        recording = self._under_way.get(audio_id)
        if recording is None:
            pace, name = Pace(done_s), one_line(name)
            task = self._bars.add_task("", total=None, pace=pace, name=name, amount="", note="")
            recording = self._under_way[audio_id] = _Recording(task, name, pace)
            self._count()
        recording.total_s = total_s
        recording.pace.advance(done_s, total_s)
        self._bars.update(
            recording.task,
            completed=done_s,
            total=total_s or None,
            amount=f"{done_s:.0f} / {'~' if estimated else ''}{total_s:.0f} s",
            note=one_line(note),
        )

    def finished(self, audio_id: str, state: str, name: str = "") -> None:
        """Take the bar of a recording away and leave a line: name, state, how long it took. Once for each.

        `name` is for a recording that had ended before it was ever under way.
        """
        if audio_id in self._ended:
            return
        recording = self._under_way.pop(audio_id, None)
        self._ended.add(audio_id)
        if recording is None:
            self._console.print(Text(f"{one_line(name) or audio_id[:_SHORT_ID]}: {_spoken(state)}"), soft_wrap=True)
        else:
            self._bars.remove_task(recording.task)
            self._console.print(Text(recording.farewell(state)), soft_wrap=True)
        self._count()

    def _count(self) -> None:
        """The line of all, from the moment when there are several; it is always the first."""
        known = max(self._recordings, len(self._under_way) + len(self._ended))
        if known > 1:
            ended = len(self._ended)
            amount = f"{ended} / {known}"
            self._bars.update(self._all, completed=ended, total=known, amount=amount, visible=True)


@dataclass
class _Recording:
    task: TaskID
    name: str
    pace: Pace
    total_s: float = 0.0

    def farewell(self, state: str) -> str:
        took = f"{self.total_s:.0f} s of audio in {self.pace.took_s:.0f} s"
        return f"{self.name}: {_spoken(state)}, {took}"


class _LeftColumn(ProgressColumn):
    """Time left, `-:--` while unknown."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        pace: Pace | None = task.fields["pace"]
        if pace is None:
            return Text()
        left_s = pace.left_s
        return Text(f"ETA {'-:--' if left_s is None else clock(left_s + 0.5)}", style="cyan")


def _bars(console: Console, *, disable: bool) -> Bars:
    def text(name: str, column: Column, style: str = "none") -> TextColumn:
        return TextColumn(f"{{task.fields[{name}]}}", style=style, markup=False, table_column=column)

    return Bars(
        text("name", Column(max_width=_NAME_COLUMNS, no_wrap=True, overflow="ellipsis", ratio=5)),
        BarColumn(bar_width=None, table_column=Column(min_width=6, ratio=5)),
        text("amount", Column(no_wrap=True, justify="right"), "green"),
        _LeftColumn(Column(no_wrap=True)),
        text("note", Column(max_width=_NOTE_COLUMNS, no_wrap=True, overflow="ellipsis", ratio=6), "dim"),
        console=console,
        expand=True,
        transient=True,
        disable=disable,
        redirect_stdout=False,
        redirect_stderr=True,
    )


def _spoken(state: str) -> str:
    return state.replace("_", " ")
