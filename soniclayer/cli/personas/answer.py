"""How `soniclayer personas try` shows what was answered."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from soniclayer.cli.report import report_console
from soniclayer.cli.report.look import score_style
from soniclayer.domain.persona import Persona
from soniclayer.domain.segment import Evaluation, Origin, SegmentLabels
from soniclayer.export.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soniclayer.domain.segment import Label


@dataclass(frozen=True)
class Tried:
    """A text and what a persona says of it. `fault`: why the rules stand in for Langflow, None where they do not."""

    persona: Persona
    text: str
    labels: SegmentLabels
    evaluation: Evaluation
    origin: Origin | None = None
    fault: str | None = None


def print_page(tried: Tried) -> None:
    """For people."""
    console = report_console(sys.stdout)
    evaluation = tried.evaluation
    head = Text(f"{one_line(tried.persona.title)}: ", style="bold")
    head.append(f"{evaluation.score:.3g} of 5", style=f"bold {score_style(evaluation.score)}")
    console.print(head.append(f", {evaluation.confidence:.0%} sure", style="dim"))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for name, value in _rows(tried):
        table.add_row(name, Text(one_line(value), style="yellow" if name == "because" else ""))
    console.print(table)


def print_document(tried: Tried) -> None:
    """For programs."""
    told = asdict(tried.evaluation)
    document = {
        "persona": tried.persona.name,
        "title": tried.persona.title,
        "fingerprint": tried.persona.fingerprint,
        "text": tried.text,
        **{name: value for name, value in asdict(tried.labels).items() if name != "segment_id"},
        **{name: value for name, value in told.items() if name != "segment_id"},
        "flow": tried.persona.flow_name,
        "origin": asdict(tried.origin) if tried.origin else None,
        "fault": tried.fault,
    }
    print(json.dumps(document, indent=2, ensure_ascii=False))  # noqa: T201 - this is the command line


def _rows(tried: Tried) -> Iterator[tuple[str, str]]:
    evaluation, labels, origin = tried.evaluation, tried.labels, tried.origin
    yield "opinion", evaluation.opinion
    yield "rationale", evaluation.rationale
    yield "note", evaluation.note
    yield "topic", _label(labels.topic)
    yield "tone", _label(labels.tone)
    if labels.tags:
        yield "tags", ", ".join(f"{tag.name} ({tag.evidence})" for tag in labels.tags)
    yield "source", _source(tried)
    if tried.fault:
        yield "because", tried.fault
    if origin:
        yield "flow", origin.flow + (f", as {origin.flow_fingerprint}" if origin.flow_fingerprint else "")
        yield "model", origin.model or "not told"
        yield "took", f"{origin.latency_s:.2f} s, {origin.attempts} call{'s' if origin.attempts > 1 else ''}"


def _label(label: Label) -> str:
    """With how sure the classifier is of it; one that was given is not found by it."""
    if not label.runner_up:
        return f"{label.name} (given)"
    doubt = f", perhaps {label.runner_up}" if label.unsure else ""
    return f"{label.name} ({label.confidence:.0%} sure{doubt})"


def _source(tried: Tried) -> str:
    if tried.evaluation.source == "langflow":
        return "langflow"
    if tried.fault:
        return "the rules, in place of Langflow"
    return "the rules (LANGFLOW_BASE_URL is not set)"
