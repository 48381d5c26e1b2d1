"""What was given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from soniclayer.cli.report.look import heading
from soniclayer.export.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soniclayer.cli.report.look import Look
    from soniclayer.domain.summary import Result


def failures(result: Result, look: Look) -> Iterator[Text]:
    """One entry per step that was given up; the message is never shortened."""
    given_up = result.summary.failures
    if not given_up:
        return
    yield heading(f"Failures ({len(given_up)})")
    for failure in given_up:
        line = Text("x " if look.ascii_only else "✗ ", style="bold red").append(one_line(failure.step))
        tries = "1 attempt" if failure.attempts == 1 else f"{failure.attempts} attempts"
        yield line.append(f"  {one_line(failure.code)}, {tries}", style="dim")
        yield Text(f"  {one_line(failure.message)}")
