"""Who says so: how many opinions of a recording are Langflow's, and how many the rules'."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from soniclayer.export.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from soniclayer.cli.report.look import Look
    from soniclayer.domain.summary import PersonaScore, Result

RULES_MARK = "*"
"""Behind a score of the rules where others are Langflow's."""

_MOST_MODELS = 2


@dataclass(frozen=True)
class Sources:
    """Numbers of opinions; the `provisional` ones are among the `rules`'. `models` are language models."""

    langflow: int
    rules: int
    provisional: int
    models: tuple[str, ...]

    @property
    def mixed(self) -> bool:
        """Whether both have spoken, so that it matters who."""
        return self.langflow > 0 and self.rules > 0

    @property
    def all(self) -> int:
        """All there are."""
        return self.langflow + self.rules


def sources_of(results: Iterable[Result]) -> Sources:
    """Count the opinions on all segments of recordings."""
    scores = [score for result in results for report in result.segments for score in report.evaluations]
    langflow = sum(score.source == "langflow" for score in scores)
    provisional = sum(score.provisional for score in scores)
    return Sources(langflow, len(scores) - langflow, provisional, _models(scores))


def opinions(result: Result, _look: Look) -> Iterator[Text]:
    """A line on who has judged; nothing where nobody but the rules was asked."""
    found = sources_of([result])
    if not found.langflow and not found.provisional:
        return
    told = ", ".join(found.models[:_MOST_MODELS]) + (", ..." if len(found.models) > _MOST_MODELS else "")
    parts = [f"{found.langflow} by Langflow" + (f" ({told})" if told else "")] if found.langflow else []
    parts += [f"{found.rules} by the rules"] if found.rules else []
    parts += [f"{found.provisional} of these until Langflow answers"] if found.provisional else []
    yield Text(f"Opinions: {', '.join(parts)}", style="dim")


def _models(scores: Iterable[PersonaScore]) -> tuple[str, ...]:
    found = dict.fromkeys(score.origin.model for score in scores if score.origin and score.origin.model)
    return tuple(sorted(one_line(name) for name in found))
