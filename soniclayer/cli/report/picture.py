"""The recording at a glance: topics and one strip of scores per persona over a time axis."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from soniclayer.cli.report.look import fitted, heading, level, score_style, score_text
from soniclayer.cli.report.timeline import Cell, cells, tick_s
from soniclayer.export.plain import clock, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from soniclayer.cli.report.look import Look
    from soniclayer.domain.summary import PersonaSummary, Result

_MEAN_COLUMNS = 6
_TICK_COLUMNS = 9
_MOST_TITLE_COLUMNS = 20
_SHORTEST_NAMED_RUN = 4


def picture(result: Result, look: Look) -> Iterator[Text]:
    """Topics, strips with the mean score behind each, axis, legend; nothing where there are no segments."""
    summary = result.summary
    if not result.segments or summary.duration_s <= 0:
        return
    title_columns = _title_columns(summary.personas, look)
    count = max(10, look.columns - title_columns - _MEAN_COLUMNS - 2)
    stretches = cells(result.segments, summary.duration_s, count)
    margin = " " * (title_columns + 2)
    yield heading("Over time")
    yield Text(margin).append_text(_topics(stretches, look))
    for persona in summary.personas:
        line = Text(fitted(persona.title, title_columns) + "  ").append_text(_strip(stretches, persona, look))
        yield line.append_text(score_text(persona.mean_score, _MEAN_COLUMNS))
    yield from (Text(margin + line, style="dim") for line in _axis(summary.duration_s, count, look))
    yield Text(margin).append_text(_legend(look, {cell.kind for cell in stretches}))


def _title_columns(personas: Sequence[PersonaSummary], look: Look) -> int:
    longest = max((cell_len(one_line(persona.title)) for persona in personas), default=0)
    return min(longest, _MOST_TITLE_COLUMNS, look.columns // 5)


def _topics(stretches: Sequence[Cell], look: Look) -> Text:
    """Names of topics where they begin, as far as they have room."""
    line = Text()
    for (kind, topic), group in groupby(stretches, key=lambda cell: (cell.kind, cell.topic)):
        columns = len(list(group))
        if topic and kind == "speech":
            mark = "|" if look.ascii_only else "▏"
            name = one_line(topic) if columns >= _SHORTEST_NAMED_RUN else ""
            line.append(mark + set_cell_size(name, columns - 1), style="cyan")
        else:
            line.append(columns * (look.sign(kind) if kind and kind != "speech" else " "), style="dim")
    return line


def _strip(stretches: Sequence[Cell], persona: PersonaSummary, look: Look) -> Text:
    line = Text()
    for cell in stretches:
        score = cell.score(persona.persona) if cell.kind == "speech" else None
        if score is None:
            line.append(look.sign(cell.kind) if cell.kind else " ", style="dim")
        else:
            line.append(_score_sign(score, look), style=score_style(score))
    return line


def _score_sign(score: float, look: Look) -> str:
    """In colour the height tells the score too, for those who do not tell red from green."""
    return look.step((score - 1) / 4) if look.colours and not look.ascii_only else str(level(score))


def _axis(duration_s: float, count: int, look: Look) -> tuple[str, str]:
    """A line with marks, and the times under the marks."""
    mark, rule = ("+", "-") if look.ascii_only else ("┴", "─")
    step_s = tick_s(duration_s, max(1, count // _TICK_COLUMNS))
    marks, times = [rule] * count, [" "] * (count + _MEAN_COLUMNS)
    for tick in range(int(duration_s // step_s) + 1):
        at = min(count - 1, int(tick * step_s / duration_s * count))
        label = clock(tick * step_s)
        marks[at] = mark
        if at + len(label) <= len(times):
            times[at : at + len(label)] = label
    return "".join(marks), "".join(times).rstrip()


def _legend(look: Look, kinds: set[str | None]) -> Text:
    line = Text()
    for score in range(1, 6):
        line.append(_score_sign(score, look), style=score_style(score))
        line.append(f" {score}  " if look.colours else " ", style="dim")
    line.append("score 1-5" if look.colours else "= score", style="dim")
    for kind in sorted(kind for kind in kinds if kind and kind != "speech"):
        line.append(f"   {look.sign(kind)} {kind}", style="dim")
    return line
