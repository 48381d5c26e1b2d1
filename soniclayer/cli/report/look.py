"""How things look: what the output can show, colours of scores, bars, and text that fits its column."""

from __future__ import annotations

from dataclasses import dataclass
from io import TextIOWrapper
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from soniclayer.export.plain import one_line

if TYPE_CHECKING:
    from typing import TextIO

PIPED_COLUMNS = 100

SCORE_COLOURS = ("#d7301f", "#ef6c00", "#c9a227", "#7cb342", "#1e9e4a")
"""Red to green for 1-5, of middle brightness: readable on dark and on light backgrounds."""

_NEUTRAL = 3

KIND_SIGNS = {"music": ("♪", "%"), "silence": ("·", "."), "noise": ("~", "~"), "speech": ("?", "?")}
"""How a stretch without a score is drawn, and in ASCII; speech has no score where the evaluation failed."""

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_HEIGHTS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Look:
    """What the output can show: its width in columns, whether in colour, and whether beyond ASCII."""

    columns: int
    colours: bool
    ascii_only: bool

    def sign(self, kind: str) -> str:
        """The sign of a stretch without a score."""
        return KIND_SIGNS[kind][self.ascii_only]

    def bar(self, share: float, columns: int) -> str:
        """A bar of a share (0-1) of `columns`, in eighths of a column; anything above 0 shows."""
        if self.ascii_only:
            return "#" * max(share > 0, round(share * columns))
        whole, eighth = divmod(max(share > 0, round(share * columns * 8)), 8)
        return _EIGHTHS[8] * whole + _EIGHTHS[eighth].strip()

    def step(self, share: float) -> str:
        """A share (0-1) as the height of one character; a space in ASCII."""
        return " " if self.ascii_only else _HEIGHTS[round(min(1.0, max(0.0, share)) * 7)]


def report_console(stream: TextIO) -> Console:
    """A console for the report: as the terminal is; 100 columns without colours where there is none."""
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="replace")  # a Latin-1 terminal shows `?`, it does not end the report
    console = Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=False)
    if console.is_terminal:
        return console
    return Console(file=stream, highlight=False, markup=False, emoji=False, color_system=None, width=PIPED_COLUMNS)


def look_of(console: Console) -> Look:
    """What a console can show. Without colours a score is always also a digit."""
    colours = console.color_system is not None and not console.no_color
    return Look(console.width, colours, console.options.ascii_only)


def level(score: float) -> int:
    """A score as one of 1, 2, 3, 4, 5; halves go up."""
    return min(5, max(1, int(score + 0.5)))


def score_style(score: float) -> str:
    """The colour of a score."""
    return SCORE_COLOURS[level(score) - 1]


def score_text(score: float | None, columns: int, mark: str = "") -> Text:
    """A score with one decimal, right-aligned, with a mark behind it; `-` where there is none."""
    if score is None:
        return Text("-".rjust(columns - len(mark)) + " " * len(mark), style="dim")
    weight = "" if level(score) == _NEUTRAL else "bold "
    return Text(f"{score:.1f}".rjust(columns - len(mark)) + mark, style=weight + score_style(score))


def fitted(text: str, columns: int) -> str:
    """The text as one harmless line of exactly `columns`: padded, or shortened with an ellipsis."""
    line = one_line(text)
    if cell_len(line) <= columns:
        return set_cell_size(line, columns)
    return set_cell_size(set_cell_size(line, max(0, columns - 1)).rstrip() + "…", columns)


def heading(title: str) -> Text:
    """The line above a part of the page."""
    return Text(f"\n{title}", style="bold")
