"""The page of `soniclayer check`, for people."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from soniclayer.cli.check.outcome import Severity, Status
from soniclayer.cli.check.registry import GROUPS
from soniclayer.export.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from soniclayer.cli.check.check import Check, Result

_FAULTS = {
    Severity.ERROR: ("✗", "x", "bold red", "error"),
    Severity.WARNING: ("!", "!", "yellow", "warning"),
    Severity.ADVICE: ("*", "*", "cyan", "advice"),
}
_ELSEWHERE = {Status.UNKNOWN: ("Not known", "magenta"), Status.NOT_APPLICABLE: ("Does not apply here", "")}
"""These are told below the groups: many have one reason."""

_OK = ("✓", "+", "green")
INDENT = 4


def page(results: Sequence[Result], *, took_s: float, ascii_only: bool = False) -> Group:
    """Everything, group by group; what could not be found out is told below them."""
    return Group(*_parts(results, took_s, ascii_only))


def listing(checks: Sequence[Check]) -> Table:
    """All checks, a line each."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("ID", "SEVERITY", "WHAT SHOULD BE SO"):
        table.add_column(title, no_wrap=title != "WHAT SHOULD BE SO")
    for check in checks:
        style = _FAULTS[check.severity][2]
        table.add_row(check.id, Text(check.severity.value, style=style), Text(check.title))
    return table


def counts(results: Sequence[Result]) -> dict[str, int]:
    """How many there are of each kind: faults by severity, the others by status."""
    by_severity = {severity.value: sum(result.is_fault(severity) for result in results) for severity in Severity}
    others = (Status.OK, Status.UNKNOWN, Status.NOT_APPLICABLE)
    return by_severity | {status.value: sum(one.outcome.status is status for one in results) for status in others}


def _parts(results: Sequence[Result], took_s: float, ascii_only: bool) -> Iterator[RenderableType]:  # noqa: FBT001
    told = [result for result in results if result.outcome.status not in _ELSEWHERE]
    for group, members in groupby(told, key=lambda result: result.check.group):
        yield Text(f"\n{GROUPS[group][0]}", style="bold")
        for result in members:
            yield _line(result, ascii_only)
    for status in _ELSEWHERE:
        yield from _elsewhere(results, status)
    yield _summary(counts(results), took_s)


def _line(result: Result, ascii_only: bool) -> RenderableType:  # noqa: FBT001
    """One check: a sign, what should be so, what is, and the cure."""
    sign, style = _sign(result, ascii_only)
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=INDENT - 1, justify="right")
    grid.add_column(overflow="fold")
    outcome = result.outcome
    if outcome.status is Status.OK:
        text = Text.assemble((result.check.title, ""), ("  ", ""), (one_line(outcome.finding), "dim"))
    else:
        text = Text.assemble((one_line(outcome.finding), style), ("  ", ""), (result.check.id, "dim"))
    grid.add_row(Text(sign, style=style), text)
    if outcome.cure:
        grid.add_row("", Text.assemble(("-> " if ascii_only else "→ ", "dim"), one_line(outcome.cure)))
    return grid


def _sign(result: Result, ascii_only: bool) -> tuple[str, str]:  # noqa: FBT001
    if result.outcome.status is Status.FAULT:
        sign, plain, style, _ = _FAULTS[result.severity]
    else:
        sign, plain, style = _OK
    return (plain if ascii_only else sign), style


def _elsewhere(results: Sequence[Result], status: Status) -> Iterator[RenderableType]:
    """What was not found out, by its reason."""
    reasons: dict[str, list[str]] = {}
    for result in results:
        if result.outcome.status is status:
            reasons.setdefault(one_line(result.outcome.finding), []).append(result.check.id)
    title, style = _ELSEWHERE[status]
    if reasons:
        yield Text(f"\n{title}", style=f"bold {style}")
    for reason, ids in reasons.items():
        yield Padding(Text.assemble(f"{reason}: ", (", ".join(ids), "dim")), (0, 0, 0, INDENT))


def _summary(count: dict[str, int], took_s: float) -> Text:
    """The last line."""
    line = Text("\n")
    for severity, (_, _, style, word) in _FAULTS.items():
        number = count[severity.value]
        plural = "s" if number != 1 and word != "advice" else ""
        line.append(f"{number} {word}{plural}", style=style if number else "dim")
        line.append("   ")
    line.append(f"{count['ok']} ok", style="green" if count["ok"] else "dim")
    line.append(f"   {count['unknown']} not known", style="magenta" if count["unknown"] else "dim")
    line.append(f"   {count['not_applicable']} do not apply   {took_s:.1f} s", style="dim")
    return line
