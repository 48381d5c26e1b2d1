"""Where `prepare` goes on when some windows are published already. Light: the parent works it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from soniclayer.domain.window import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soniclayer.domain.window import Window

ENOUGH_SPEECH_S = 5.0
"""The language is found from the first window with speech, and later ones until it rests on this much."""


@dataclass(frozen=True)
class Resume:
    """The next window's number and start, and the speech spans in which the language was found."""

    number: int = 0
    start_s: float = 0.0
    heard: tuple[Span, ...] = ()


def resume_after(windows: Sequence[Window]) -> Resume:
    """Go on after these windows, which are published: all from number 0 on, in order."""
    if not windows:
        return Resume()
    heard: list[Span] = []
    for window in windows:
        if sum(span.duration_s for span in heard) < ENOUGH_SPEECH_S:
            heard += window.speech
    return Resume(len(windows), windows[-1].end_s, tuple(heard))
