"""The page: its parts in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.cli.report.failures import failures
from soniclayer.cli.report.header import header
from soniclayer.cli.report.look import look_of
from soniclayer.cli.report.personas import audiences, best_and_worst
from soniclayer.cli.report.picture import picture
from soniclayer.cli.report.segments import segment_lines
from soniclayer.cli.report.shares import shares
from soniclayer.cli.report.sources import opinions

if TYPE_CHECKING:
    from rich.console import Console

    from soniclayer.domain.summary import Result

_DRAWN = (picture, segment_lines, audiences, opinions, best_and_worst, shares)
"""Parts laid out for the width of the screen: what does not fit is cut; the others wrap."""


def print_report(result: Result, console: Console) -> None:
    """Show a recording: facts, a picture of it over time, its segments, its audiences, shares, failures.

    Parts with nothing to tell are left out. Use a console of `report_console`: others may read markup into
    names.
    """
    look = look_of(console)
    console.print(*header(result, look), sep="\n")
    for part in _DRAWN:
        for line in part(result, look):
            console.print(line, no_wrap=True, overflow="ellipsis", crop=True)
    for line in failures(result, look):
        console.print(line)
