"""Topics and tones by their share of the speech."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.export.html_report.audiences import bar
from soniclayer.export.html_report.label_colour import label_class
from soniclayer.export.html_report.markup import Markup, element
from soniclayer.export.html_report.words import percent, swatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soniclayer.export.html_report.sheet import Sheet


def shares(sheet: Sheet) -> Markup | None:
    """Two tables, largest share first, in the colours of the timeline; nothing where nobody speaks."""
    summary = sheet.result.summary
    if not summary.topic_shares and not summary.tone_shares:
        return None
    tables = [
        _table(sheet, "Topic", summary.topic_shares),
        _table(sheet, "Tone", summary.tone_shares),
    ]
    return element(
        "section", sheet.heading(2, "Topics and tones", "shares"), element("div", *tables, class_="cards wide")
    )


def _table(sheet: Sheet, what: str, parts: Sequence[tuple[str, float]]) -> Markup:
    columns = [element("th", what, scope="col"), element("th", "Share of the speech", scope="colgroup", colspan=2)]
    head = element("thead", element("tr", *columns, element("th", "Time", scope="col")))
    most = max((share for _, share in parts), default=1.0) or 1.0
    rows = [
        element(
            "tr",
            element("th", swatch(label_class(name)), element("bdi", name), scope="row"),
            element("td", bar(share / most, "bar-fill"), class_="bar"),
            element("td", percent(share), class_="number"),
            element("td", sheet.time(share * sheet.result.summary.speech_s), class_="number"),
        )
        for name, share in parts
    ]
    return element("article", element("table", head, element("tbody", *rows), class_="shares"), class_="card")
