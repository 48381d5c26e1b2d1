"""The audiences: how each scored the recording, and what it liked best and least."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from soniclayer.cli.report.look import fitted, heading, score_style, score_text
from soniclayer.export.plain import clock, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from soniclayer.cli.report.look import Look
    from soniclayer.domain.summary import PersonaSummary, Result, SegmentReport

_MOST_TITLE_COLUMNS = 30
_COUNT_COLUMNS = 7


def audiences(result: Result, look: Look) -> Iterator[Text]:
    """Per persona its mean score and how many segments it scored 1, 2, 3, 4, 5."""
    personas = result.summary.personas
    if not personas:
        return
    columns = min(_MOST_TITLE_COLUMNS, max(cell_len(one_line(persona.title)) for persona in personas))
    yield heading("Audiences")
    head = "".join(f"{n:>{_COUNT_COLUMNS - 2}}  " for n in range(1, 6))
    yield Text(f"{fitted('', columns)}  {'mean':>5}{head}  segments per score", style="dim")
    for persona in personas:
        line = Text(fitted(persona.title, columns) + "  ").append_text(score_text(persona.mean_score, 5))
        yield line.append_text(_distribution(persona.distribution, look))


def best_and_worst(result: Result, _look: Look) -> Iterator[RenderableType]:
    """Per persona what it liked best and least, up to three segments each: score, time, opinion, quote."""
    reports = {report.segment.segment_id: report for report in result.segments}
    for persona in result.summary.personas:
        if persona.best or persona.worst:
            yield heading(f"{one_line(persona.title)}: best and worst")
            yield _moments(persona, reports)


def _distribution(counts: Sequence[int], look: Look) -> Text:
    line = Text()
    most = max(1, *counts)
    for score, count in enumerate(counts, 1):
        bar = look.step(count / most) if count else " "
        shown = str(count or "-").rjust(_COUNT_COLUMNS - 2)
        line.append(f"{shown} ", style="dim").append(bar, style=score_style(score))
    return line


def _moments(persona: PersonaSummary, reports: dict[str, SegmentReport]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(width=5)
    table.add_column(width=3)
    table.add_column(width=7, justify="right")
    table.add_column(ratio=3)
    table.add_column(ratio=2, no_wrap=True, overflow="ellipsis")
    for verdict, ids in (("best", persona.best), ("worst", persona.worst)):
        for segment_id in ids:
            if segment_id in reports:
                table.add_row(*_moment(verdict, persona.persona, reports[segment_id]))
    return table


def _moment(verdict: str, persona: str, report: SegmentReport) -> tuple[Text, ...]:
    evaluation = next((e for e in report.evaluations if e.persona == persona), None)
    quote = f'"{one_line(report.segment.text)}"'
    return (
        Text(verdict, style="dim"),
        score_text(evaluation.score if evaluation else None, 3),
        Text(clock(report.segment.start_s)),
        Text(one_line(evaluation.opinion) if evaluation else ""),
        Text(quote, style="dim"),
    )
