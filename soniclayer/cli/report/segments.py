"""The segments: a line of facts and scores for each, and under it what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from soniclayer.cli.report.look import fitted, heading, score_text
from soniclayer.cli.report.sources import RULES_MARK, sources_of
from soniclayer.export.plain import clock, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from soniclayer.cli.report.look import Look
    from soniclayer.domain.segment import Label
    from soniclayer.domain.summary import PersonaScore, PersonaSummary, Result, SegmentReport

_TIME_COLUMNS = 7
_LEAST_SCORE_COLUMNS = 5
_LABEL_COLUMNS = (12, 26)
_TONE_COLUMNS = (9, 15)


def segment_lines(result: Result, look: Look) -> Iterator[Text]:
    """Header, then two lines per speech segment, one for others; `?` marks an unsure label."""
    if not result.segments:
        return
    table = _Table(result, look)
    yield heading(f"Segments ({len(result.segments)})")
    yield table.header()
    for report in result.segments:
        yield table.facts(report)
        if report.segment.kind == "speech":
            yield table.said(report)
    yield from table.remarks(result.segments)


class _Table:
    """Columns whose widths come from the recording and the screen."""

    def __init__(self, result: Result, look: Look) -> None:
        self.look = look
        labels = [(r.topic, r.tone) for r in result.segments]
        self.topic = _width([_label(topic) for topic, _ in labels], _LABEL_COLUMNS)
        self.tone = _width([_label(tone) for _, tone in labels], _TONE_COLUMNS)
        room = look.columns - _TIME_COLUMNS - self.topic - self.tone - 4
        shown = max(0, room // _LEAST_SCORE_COLUMNS)
        self.personas = result.summary.personas[:shown]
        self.left_out = len(result.summary.personas) - len(self.personas)
        self.score = _score_columns(self.personas, room)
        self.marked = sources_of([result]).mixed

    def header(self) -> Text:
        line = f"{'Time':<{_TIME_COLUMNS}}{fitted('Topic', self.topic)}  {fitted('Tone', self.tone)}  "
        titles = (fitted_right(persona.title, self.score) for persona in self.personas)
        return Text(line + "".join(titles), style="dim")

    def facts(self, report: SegmentReport) -> Text:
        segment = report.segment
        line = Text().append(f"{clock(segment.start_s):<{_TIME_COLUMNS}}", style="dim")
        if segment.kind != "speech":
            sign = self.look.sign(segment.kind)
            return line.append(f"{sign} {segment.kind}, {segment.duration_s:.1f} s", style="dim")
        line.append(fitted(_label(report.topic), self.topic) + "  ", style="cyan")
        line.append(fitted(_label(report.tone), self.tone) + "  ")
        scores = {evaluation.persona: evaluation for evaluation in report.evaluations}
        for persona in self.personas:
            line.append_text(self.scored(scores.get(persona.persona)))
        return line

    def scored(self, evaluation: PersonaScore | None) -> Text:
        mark = "" if not self.marked else RULES_MARK if evaluation and evaluation.source == "rules" else " "
        return score_text(evaluation.score if evaluation else None, self.score, mark)

    def said(self, report: SegmentReport) -> Text:
        line = Text(" " * _TIME_COLUMNS)
        if report.segment.suspicious:
            line.append("[doubtful] ", style="yellow")
        for tag in report.tags:
            line.append(f"[{one_line(tag.name)}] ", style="magenta")
        room = max(1, self.look.columns - cell_len(line.plain))
        return line.append(fitted(report.segment.text, room).rstrip())

    def remarks(self, segments: Sequence[SegmentReport]) -> Iterator[Text]:
        if any(label and label.unsure for r in segments for label in (r.topic, r.tone)):
            yield Text("?  the runner-up was close", style="dim")
        if any(report.segment.suspicious for report in segments):
            yield Text("[doubtful]  may be invented by the speech model", style="dim")
        if self.marked:
            yield Text(f"{RULES_MARK}  by the rules, the others by Langflow", style="dim")
        if self.left_out:
            yield Text(f"{self.left_out} more personas: in the summary below and in --csv", style="dim")


def fitted_right(text: str, columns: int) -> str:
    """The text right-aligned in `columns`, cut so that a space stays before it."""
    line = one_line(text)
    short = line if cell_len(line) < columns else fitted(line, columns - 1).rstrip("… ")
    return " " * (columns - cell_len(short)) + short


def _label(label: Label | None) -> str:
    if label is None:
        return ""
    return f"{label.name}?" if label.unsure else label.name


def _width(texts: Sequence[str], limits: tuple[int, int]) -> int:
    least, most = limits
    return min(most, max(least, *(cell_len(one_line(text)) for text in texts), 0))


def _score_columns(personas: Sequence[PersonaSummary], room: int) -> int:
    if not personas:
        return 0
    longest = max(cell_len(one_line(persona.title)) for persona in personas) + 2
    return max(_LEAST_SCORE_COLUMNS, min(longest, room // len(personas)))
