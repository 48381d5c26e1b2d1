"""Words and small elements that several parts of the page use."""

from __future__ import annotations

from soniclayer.export.html_report.markup import Markup, element

STATES = {
    "accepted": "Waiting",
    "preparing": "Reading",
    "processing": "Working",
    "completed": "Done",
    "completed_with_errors": "Done, with gaps",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
STAGES = {
    "prepare": "Reading the recording",
    "transcribe": "Listening to what is said",
    "classify": "Finding topic and tone",
    "evaluate": "Asking an audience",
    "summarise": "Summing up",
}
KINDS = {"speech": "Speech", "music": "Music", "noise": "Noise", "silence": "Silence"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def level(score: float) -> int:
    """A score, as it is shown, as one of 1, 2, 3, 4, 5; halves go up."""
    return min(5, max(1, int(_shown(score) + 0.5)))


def score_chip(score: float | None, *, stand_in: bool = False) -> Markup:
    """A score as colour and number; `stand_in` marks one of the rules where Langflow has not answered yet."""
    if score is None:
        return element("b", "\N{EN DASH}", class_="score-none")
    return element("b", f"{_shown(score):.1f}", class_=f"score-{level(score)}{' stand-in' if stand_in else ''}")


def swatch(class_: str) -> Markup:
    """A little field of the colour that something has in the timeline."""
    return element("span", class_=f"swatch {class_}", aria_hidden="true")


def percent(share: float) -> str:
    """`73 %`; something that is not nothing is `under 1 %`."""
    return "under 1 %" if 0 < share < 0.005 else f"{share:.0%}".replace("%", "\N{NO-BREAK SPACE}%")  # noqa: PLR2004


def counted(count: int, one: str, more: str) -> str:
    """`1 segment`, `2 segments`."""
    return f"{count:,} {one if count == 1 else more}"


def date(iso: str) -> str:
    """ISO 8601 in UTC as `23 Nov 2026, 14:05 UTC`; anything else as it is."""
    year, month, day, clock = iso[:4], iso[5:7], iso[8:10], iso[11:16]
    if not (year + month + day).isdecimal() or not 1 <= int(month) <= len(_MONTHS):
        return iso
    return f"{int(day)} {_MONTHS[int(month) - 1]} {year}, {clock} UTC"


def lufs(value: float) -> str:
    """Loudness with one decimal and a minus that is one."""
    return f"{value:.1f} LUFS".replace("-", "\N{MINUS SIGN}")


def _shown(score: float) -> float:
    """With one decimal; halves go up, as in the dashboard."""
    return int(score * 10 + 0.5) / 10
