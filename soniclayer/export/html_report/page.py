"""The page: its head, its policy, and the parts of every recording in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer import __version__
from soniclayer.export.html_report.audiences import audiences
from soniclayer.export.html_report.facts import facts
from soniclayer.export.html_report.markup import Markup, element
from soniclayer.export.html_report.shares import shares
from soniclayer.export.html_report.sheet import Sheet
from soniclayer.export.html_report.style import page_policy, page_style
from soniclayer.export.html_report.timeline import timeline
from soniclayer.export.html_report.transcript import transcript
from soniclayer.export.html_report.words import counted
from soniclayer.export.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from soniclayer.domain.summary import Result

_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 56 56'%3E%3Crect width='56' height='56' "
    "rx='14' fill='%230b6e75'/%3E%3Cpath d='M13 24v8M20.5 18v20M28 12v32M35.5 20v16M43 25v6' stroke='%23fff' "
    "stroke-width='4' stroke-linecap='round'/%3E%3C/svg%3E"
)


def html_page(results: Sequence[Result]) -> str:
    """Recordings on one page, which needs nothing from elsewhere and runs nothing."""
    alone = len(results) == 1
    sheets = [Sheet(result, 0 if alone else number) for number, result in enumerate(results, 1)]
    name = _name(results[0]) if alone else counted(len(results), "recording", "recordings")
    articles = [_article(sheet) for sheet in sheets]
    body = element(
        "body",
        element("header", element("p", element("b", "SonicLayer"), " report", class_="brand")),
        element("main", *([] if alone else [_contents(name, sheets)]), *articles),
        element("footer", *_footer(results)),
    )
    return f"<!doctype html>\n{element('html', _head(name), body, lang='en')}\n"


def _head(name: str) -> Markup:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=page_policy()),
        element("title", f"{name} · SonicLayer report"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="generator", content=f"SonicLayer {__version__}"),
        element("link", rel="icon", href=_ICON),
        element("style", Markup(page_style())),
    )


def _article(sheet: Sheet) -> Markup:
    parts = (timeline(sheet), audiences(sheet), shares(sheet), transcript(sheet))
    return element("article", facts(sheet), *parts, class_="recording", id=sheet.anchor("top"))


def _contents(name: str, sheets: Iterable[Sheet]) -> Markup:
    links = [
        element("li", element("a", element("bdi", _name(sheet.result)), href=f"#{sheet.anchor('top')}"))
        for sheet in sheets
    ]
    return element("nav", element("h1", name, class_="level-1"), element("ol", *links), aria_label="Recordings")


def _footer(results: Iterable[Result]) -> Iterable[Markup]:
    """Who made this, with which models, of which bytes."""
    yield element("p", f"Made by SonicLayer {__version__}. Scores are what simulated audiences say, from 1 to 5.")
    for result in results:
        models = {*result.models, *_language_models(result)}
        known = [f"models {', '.join(sorted(models))}; "] if models else []
        yield element("p", element("bdi", _name(result)), ": ", *known, "SHA-256 ", element("code", result.audio_id))


def _language_models(result: Result) -> set[str]:
    origins = (score.origin for report in result.segments for score in report.evaluations)
    return {origin.model for origin in origins if origin and origin.model}


def _name(result: Result) -> str:
    return one_line(result.name) or result.audio_id
