"""The audiences: how each scored the recording, who spoke for it, and what it liked best and least."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.export.html_report.markup import Markup, element
from soniclayer.export.html_report.sheet import score_of
from soniclayer.export.html_report.words import counted, percent, score_chip
from soniclayer.export.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soniclayer.domain.summary import PersonaSummary
    from soniclayer.export.html_report.sheet import Sheet

_LONGEST_QUOTE = 100


def audiences(sheet: Sheet) -> Markup | None:
    """A card per persona; nothing where the summary knows none."""
    personas = sheet.result.summary.personas
    if not personas:
        return None
    cards = [_card(sheet, persona) for persona in personas]
    return element("section", sheet.heading(2, "Audiences", "audiences"), element("div", *cards, class_="cards"))


def _card(sheet: Sheet, persona: PersonaSummary) -> Markup:
    title = element("bdi", persona.title)
    tag = "h4" if sheet.number else "h3"
    head = element("div", element(tag, title, class_="level-3"), _mean(persona), class_="card-head")
    if persona.mean_score is None:
        return element("article", head, element("p", "There was nothing to judge.", class_="faint"), class_="card")
    return element(
        "article",
        head,
        element("p", _sources(persona), class_="faint"),
        _distribution(persona.distribution),
        _moments(sheet, persona, "Best", persona.best),
        _moments(sheet, persona, "Worst", persona.worst),
        class_="card",
    )


def _mean(persona: PersonaSummary) -> Markup:
    return element("span", element("span", "mean ", class_="faint"), score_chip(persona.mean_score))


def _sources(persona: PersonaSummary) -> str:
    segments = counted(sum(persona.distribution), "segment", "segments")
    if not persona.by_langflow and not persona.provisional:
        return f"{segments}, by the rules"
    if not persona.by_rules:
        return f"{segments}, by Langflow"
    told = [f"{persona.by_langflow:,} by Langflow"] if persona.by_langflow else []
    told += [f"{persona.by_rules:,} by the rules"] if persona.by_rules else []
    told += [f"{persona.provisional:,} of these until Langflow answers"] if persona.provisional else []
    return f"{segments}: {', '.join(told)}"


def _distribution(counts: Sequence[int]) -> Markup:
    """How many segments got each score, 5 at the top."""
    total, most = max(1, sum(counts)), max(1, *counts)
    head = element(
        "thead", element("tr", *(element("th", name, scope="col") for name in ("Score", "Share", "Segments")))
    )
    rows = [
        element(
            "tr",
            element("th", element("b", str(score), class_=f"score-{score}"), scope="row"),
            element("td", bar(count / most, f"step-{score}"), class_="bar"),
            element("td", f"{count:,} ", element("span", percent(count / total), class_="faint"), class_="number"),
        )
        for score, count in reversed(list(enumerate(counts, 1)))
    ]
    return element("table", head, element("tbody", *rows), class_="distribution")


def bar(share: float, class_: str) -> Markup:
    """A bar of a share (0-1) of the width there is."""
    filled = element("rect", class_=class_, width=f"{share * 100:.1f}%", height="100%", rx=2)
    return element("svg", filled, width="100%", height=12, aria_hidden="true")


def _moments(sheet: Sheet, persona: PersonaSummary, verdict: str, segment_ids: Sequence[str]) -> Markup | None:
    found = [_moment(sheet, persona.persona, one) for one in segment_ids if one in sheet.segments]
    if not found:
        return None
    return element("div", element("p", element("b", verdict)), element("ul", *found), class_="moments")


def _moment(sheet: Sheet, persona: str, segment_id: str) -> Markup:
    segment = sheet.segments[segment_id].segment
    score = score_of(sheet.segments[segment_id], persona)
    return element(
        "li",
        score_chip(score.score if score else None),
        element("a", sheet.time(segment.start_s), href=f"#{sheet.segment_anchor(segment_id)}"),
        element("span", score.opinion if score else None, " ", _quote(segment.text)),
    )


def _quote(text: str) -> Markup:
    """The beginning of a text, up to the end of a word."""
    line = one_line(text)
    start = line[:_LONGEST_QUOTE]
    short = line if start == line else f"{start.rpartition(' ')[0] or start} …"
    return element("q", short, class_="faint")
