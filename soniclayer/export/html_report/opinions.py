"""What the audiences say of a segment: scores at a glance, the words behind them one click away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.export.html_report.markup import Markup, element
from soniclayer.export.html_report.words import percent, score_chip

if TYPE_CHECKING:
    from soniclayer.domain.summary import PersonaScore, SegmentReport
    from soniclayer.export.html_report.sheet import Sheet


def opinions(sheet: Sheet, report: SegmentReport) -> Markup | None:
    """A line of scores that opens; nothing where nobody has judged."""
    if not report.evaluations:
        return None
    scores = [_glance(sheet, one) for one in report.evaluations]
    entries = [_opinion(sheet, one) for one in report.evaluations]
    return element("details", element("summary", *scores), element("ul", *entries, class_="opinions"))


def _glance(sheet: Sheet, score: PersonaScore) -> Markup:
    chip = score_chip(score.score, stand_in=score.provisional)
    return element("span", chip, element("bdi", sheet.titles[score.persona]), " ")


def _opinion(sheet: Sheet, score: PersonaScore) -> Markup:
    chip = score_chip(score.score, stand_in=score.provisional)
    source = element("small", f"{_source(score)}, {percent(score.confidence)} sure")
    head = element("p", chip, element("b", sheet.titles[score.persona]), " ", source)
    return element("li", head, _said(None, score.opinion), _said("Why", score.rationale), _said("Note", score.note))


def _said(what: str | None, text: str) -> Markup | None:
    if not text.strip():
        return None
    return element("p", element("i", what) if what else None, " " if what else None, text)


def _source(score: PersonaScore) -> str:
    if score.provisional:
        return "by the rules until Langflow answers"
    if score.source == "rules":
        return "by the rules"
    model = score.origin.model if score.origin else None
    return f"by Langflow ({model})" if model else "by Langflow"
