"""The figures beside their targets, and then every error, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quality.measure import LARGEST, SMALLEST, Quality, met
from quality.non_speech import EDGE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quality.labels import Verdict
    from quality.non_speech import Search
    from quality.words import WordError

NAMES = {
    "wer": "word error rate",
    "topic_accuracy": "topics right",
    "tone_accuracy": "tones right",
    "non_speech_found": "music, noise, silence found",
    "words_in_non_speech": "words in music, noise, silence",
    "edges_in_words": "segment edges inside a word",
    "topic_ece": "topics: calibration error",
    "topic_sure_accuracy": "topics right, of the sure",
    "topic_unsure_accuracy": "topics right, of the unsure",
    "tone_ece": "tones: calibration error",
    "tone_sure_accuracy": "tones right, of the sure",
    "tone_unsure_accuracy": "tones right, of the unsure",
}

COUNTS = {"words_in_non_speech", "edges_in_words"}


def report(quality: Quality) -> str:
    """Everything found, in lines."""
    return "\n".join([*_figures(quality), *_words(quality), *_labels(quality), *_regions(quality), *_edges(quality)])


def clock(seconds: float) -> str:
    """`1:02.35`, to find a place in a player."""
    hundredths = round(seconds * 100)
    return f"{hundredths // 6000}:{hundredths % 6000 / 100:05.2f}"


def _figures(quality: Quality) -> Iterator[str]:
    figures = quality.figures()
    yield f"{'figure':32}{'measured':>9}  target"
    for name, title in NAMES.items():
        verdict = {True: "met", False: "MISSED", None: ""}[met(name, figures[name])]
        yield f"{title:32}{_value(name, figures[name]):>9}  {_target(name):18}{verdict}".rstrip()


def _value(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if name in COUNTS else f"{100 * value:.1f} %"


def _target(name: str) -> str:
    if name in LARGEST:
        return f"at most {_value(name, LARGEST[name])}" if LARGEST[name] else "0"
    return f"at least {_value(name, SMALLEST[name])}" if name in SMALLEST else ""


def _words(quality: Quality) -> Iterator[str]:
    words = quality.words
    yield ""
    yield (
        f"Words: {len(words.said)} said; {words.substitutions} heard as others, {words.deletions} missing, "
        f"{words.insertions} made up"
    )
    yield from map(_word_error, words.errors)
    for word in quality.stray_words:
        yield f'  {clock(word.start_s)}  where the truth has no speech: "{word.text.strip()}"'


def _word_error(error: WordError) -> str:
    if not error.heard:
        return f'  {clock(error.start_s)}  missing: "{error.said}" (about here)'
    if not error.said:
        return f'  {clock(error.start_s)}  made up: "{error.heard}"'
    return f'  {clock(error.start_s)}  "{error.said}" heard as "{error.heard}"'


def _labels(quality: Quality) -> Iterator[str]:
    yield ""
    across = sum(verdict.across for verdict in quality.topics)
    yield (
        f"Labels: {len(quality.topics)} speech segments with a true topic ({across} across two parts), "
        f"{len(quality.tones)} with a true tone"
    )
    for kind, judged in (("topic", quality.topics), ("tone", quality.tones)):
        yield from (_wrong_label(kind, verdict) for verdict in judged if not verdict.right)
    for report_ in quality.unmatched:
        segment = report_.segment
        yield f'  {clock(segment.start_s)}  {segment.segment_id} lies in no part with a topic: "{segment.text[:60]}"'


def _wrong_label(kind: str, verdict: Verdict) -> str:
    segment, found = verdict.report.segment, verdict.found
    told = f"{found.name} ({found.confidence:.2f}{', unsure' if found.unsure else ''})" if found else "none"
    place = f"{clock(segment.start_s)}  {segment.segment_id}{' (across two parts)' if verdict.across else ''}"
    return f'  {place} {kind} {told}, right: {" or ".join(verdict.accepted)}: "{segment.text[:60]}"'


def _regions(quality: Quality) -> Iterator[str]:
    yield ""
    yield f"Music, noise and silence: {len(quality.searches)} parts to find, edges within {EDGE_S:g} s"
    yield from map(_search, quality.searches)
    for region in quality.invented:
        yield f"  {clock(region.start_s)}-{clock(region.end_s)}  {region.kind} found where the truth has none"


def _search(one: Search) -> str:
    place = f"  {clock(one.part.start_s)}-{clock(one.part.end_s)}  {one.part.kind}"
    if one.nearest is None:
        return f"{place}: MISSED, nothing found"
    off = f"starts {_off(-one.early_s)}, ends {_off(one.late_s)}"
    return f"{place}: {'found' if one.found else 'MISSED'}, {off}"


def _off(late_s: float) -> str:
    return f"{abs(late_s):.2f} s {'late' if late_s > 0 else 'early'}"


def _edges(quality: Quality) -> Iterator[str]:
    yield ""
    yield f"Segment edges inside a word: {len(quality.cut_words)}"
    for edge_s, reason in quality.cut_words:
        yield f"  {clock(edge_s)}  {reason}"
