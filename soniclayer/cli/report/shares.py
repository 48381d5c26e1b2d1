"""Shares of topics and tones, as bars."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from soniclayer.cli.report.look import fitted, heading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from soniclayer.cli.report.look import Look
    from soniclayer.domain.summary import Result

_MOST_ROWS = 10
_NAME_COLUMNS = 24
_PERCENT_COLUMNS = 5
_SIDE_BY_SIDE_FROM = 100


def shares(result: Result, look: Look) -> Iterator[Text]:
    """Topics and tones by their share of the speech, largest first; side by side where there is room."""
    topics, tones = result.summary.topic_shares, result.summary.tone_shares
    if not topics and not tones:
        return
    if look.columns < _SIDE_BY_SIDE_FROM:
        yield heading("Topics")
        yield from _bars(topics, look.columns, look)
        yield heading("Tones")
        yield from _bars(tones, look.columns, look)
        return
    half = look.columns // 2 - 2
    yield heading(fitted("Topics", half + 4) + "Tones")
    for left, right in zip_longest(_bars(topics, half, look), _bars(tones, half, look)):
        line = left or Text()
        line.append(" " * (half + 4 - cell_len(line.plain)))
        yield line.append_text(right or Text())


def _bars(parts: Sequence[tuple[str, float]], columns: int, look: Look) -> Iterator[Text]:
    rows = list(parts)
    if len(rows) > _MOST_ROWS:
        rest = rows[_MOST_ROWS - 1 :]
        rows[_MOST_ROWS - 1 :] = [(f"{len(rest)} others", sum(share for _, share in rest))]
    room = min(40, columns - _NAME_COLUMNS - _PERCENT_COLUMNS - 2)
    most = max((share for _, share in rows), default=1.0)
    for name, share in rows:
        line = Text(fitted(name, _NAME_COLUMNS)).append(f"{share:>{_PERCENT_COLUMNS}.0%}  ", style="dim")
        yield line.append(look.bar(share / most, room), style="cyan")
