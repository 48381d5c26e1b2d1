"""The first lines: which recording this is, and how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from soniclayer.cli.report.look import fitted
from soniclayer.export.plain import clock, dead_air, language, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soniclayer.cli.report.look import Look
    from soniclayer.domain.summary import Result

_STATE_STYLES = {
    "completed": "green",
    "completed_with_errors": "yellow",
    "failed": "bold red",
    "cancelled": "yellow",
}


def header(result: Result, look: Look) -> Iterator[Text]:
    """Name, rule, facts; dead air and damage on lines of their own."""
    summary = result.summary
    yield Text(fitted(result.name or result.audio_id, look.columns).rstrip(), style="bold")
    yield Text(("-" if look.ascii_only else "─") * look.columns, style="dim")
    facts = [f"{clock(summary.duration_s)} long", f"{clock(summary.speech_s)} speech"]
    facts.append(language(summary.language, summary.language_probability))
    if summary.loudness_lufs is not None:
        facts.append(f"{summary.loudness_lufs:.1f} LUFS")
    line = Text("   ".join(facts) + "   ")
    yield line.append(result.state.replace("_", " "), style=_STATE_STYLES.get(result.state, ""))
    if summary.dead_air:
        yield Text(dead_air(summary.dead_air), style="yellow")
    if summary.damage:
        yield Text(one_line(f"damaged: {summary.damage}"), style="yellow")
