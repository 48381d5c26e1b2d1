"""All figures of one analysis, beside their targets. What each means is told in docs/quality.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from quality.edges import edges_in_words
from quality.labels import LabelFigures, Verdict, label_figures, verdicts
from quality.non_speech import Search, invented_regions, search, words_in_non_speech
from quality.words import WordComparison, compare_words

from soniclayer.domain.segment import Word
from soniclayer.domain.summary import SegmentReport
from soniclayer.domain.window import Region

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt
    from quality.truth import Truth


LARGEST = {"wer": 0.05, "words_in_non_speech": 0, "edges_in_words": 0}
SMALLEST = {"topic_accuracy": 0.85, "tone_accuracy": 0.60, "non_speech_found": 1}
"""What is promised of the sample broadcast with whisper-base."""


@dataclass(frozen=True)
class Quality:
    """What is right and wrong with an analysis."""

    words: WordComparison
    topics: tuple[Verdict, ...]
    tones: tuple[Verdict, ...]
    searches: tuple[Search, ...]
    invented: tuple[Region, ...]
    stray_words: tuple[Word, ...]
    cut_words: tuple[tuple[float, str], ...]
    unmatched: tuple[SegmentReport, ...]

    def figures(self) -> dict[str, float | int | None]:
        """By name: fractions of 1 and counts; None where there was nothing to measure."""
        topics, tones = label_figures(self.topics), label_figures(self.tones)
        return {
            "wer": self.words.error_rate,
            "topic_accuracy": topics.accuracy,
            "tone_accuracy": tones.accuracy,
            "topic_ece": topics.calibration_error,
            "non_speech_found": _share([one.found for one in self.searches]),
            "words_in_non_speech": len(self.stray_words),
            "edges_in_words": len(self.cut_words),
            "words": len(self.words.said),
            "substitutions": self.words.substitutions,
            "deletions": self.words.deletions,
            "insertions": self.words.insertions,
            **_more("topic", topics),
            "tone_ece": tones.calibration_error,
            **_more("tone", tones),
            "segments": topics.segments,
            "segments_across_parts": topics.segments_across,
            "unmatched_segments": len(self.unmatched),
            "non_speech_invented": len(self.invented),
        }


def measure(truth: Truth, reports: Sequence[SegmentReport], sound: npt.NDArray[np.float32]) -> Quality:
    """Compare an analysis with the truth.

    Args:
        truth: of the programme that was analysed.
        reports: all its segments, in order of time.
        sound: of the programme, mono float32 at 16 kHz, shape (samples,).
    """
    segments = [report.segment for report in reports]
    words = compare_words(truth, segments)
    topics = verdicts(truth, reports, "topic")
    judged = {verdict.report.segment.segment_id for verdict in topics}
    speech = [report for report in reports if report.segment.kind == "speech"]
    return Quality(
        words=words,
        topics=tuple(topics),
        tones=tuple(verdicts(truth, reports, "tone")),
        searches=tuple(search(truth, segments)),
        invented=tuple(invented_regions(truth, segments)),
        stray_words=tuple(words_in_non_speech(truth, segments)),
        cut_words=tuple(edges_in_words(truth, segments, words, sound)),
        unmatched=tuple(report for report in speech if report.segment.segment_id not in judged),
    )


def met(name: str, value: float | None) -> bool | None:
    """Whether a figure meets its target; None where it has none, or was not measured."""
    if value is None or name not in {*LARGEST, *SMALLEST}:
        return None
    return value <= LARGEST[name] if name in LARGEST else value >= SMALLEST[name]


def _more(kind: str, found: LabelFigures) -> dict[str, float | int | None]:
    return {
        f"{kind}_sure_accuracy": found.sure_accuracy,
        f"{kind}_unsure_accuracy": found.unsure_accuracy,
        f"{kind}_sure_segments": found.sure_segments,
    }


def _share(found: Sequence[bool]) -> float | None:
    return sum(found) / len(found) if found else None
