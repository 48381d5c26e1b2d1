"""Stage evaluate: what one persona says of the speech segments of a window, by the rules or by a judge.

By the rules the score starts at 3. A preferred topic or tone adds its confidence, a disliked one takes it away, a
disliked tag takes 2; the sum is kept within 1-5. The same facts always give the same words.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from soniclayer.domain.persona import places_in
from soniclayer.domain.segment import Evaluation, WindowEvaluation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from soniclayer.domain.persona import Lines, Persona
    from soniclayer.domain.segment import Analysis, Label, Segment, SegmentLabels, Tag, Transcript

START_SCORE = 3.0
LEAST_SCORE, MOST_SCORE = 1.0, 5.0
TAG_POINTS = -2.0

LIKED_FROM, DISLIKED_TO = 3.2, 2.8
"""Between them a persona has no strong feelings: one label at a confidence below 0.2 decides nothing."""

LONGEST_EVIDENCE = 60


def evaluate(persona: Persona, transcript: Transcript, analysis: Analysis) -> WindowEvaluation:
    """Judge every labelled segment of one window by the rules, in time order."""
    segments = {segment.segment_id: segment for segment in transcript.segments}
    return WindowEvaluation(
        window=analysis.window,
        persona=persona.name,
        fingerprint=persona.fingerprint,
        evaluations=tuple(judge(persona, segments[labels.segment_id], labels) for labels in analysis.segments),
    )


def fill_in(judged: Iterable[Evaluation], by_rules: WindowEvaluation) -> WindowEvaluation:
    """What a judge said of the segments of a window; the rules speak of those it left out."""
    found = {evaluation.segment_id: evaluation for evaluation in judged}
    return replace(by_rules, evaluations=tuple(found.get(rule.segment_id, rule) for rule in by_rules.evaluations))


def judge(persona: Persona, segment: Segment, labels: SegmentLabels) -> Evaluation:
    """One persona's view of one segment: a score by the rules, and why in the persona's own words."""
    facts = find_facts(persona, labels)
    score = round(min(MOST_SCORE, max(LEAST_SCORE, START_SCORE + sum(fact.points for fact in facts))), 2)
    speaker = _Speaker(persona, segment.segment_id, labels, facts)
    return Evaluation(
        segment_id=segment.segment_id,
        score=score,
        confidence=round(0.5 + abs(score - START_SCORE) / 4, 4),
        opinion=speaker.opinion(score),
        rationale=speaker.rationale(),
        note=speaker.note(score),
    )


@dataclass(frozen=True)
class Fact:
    """Something the score rests on: `topic`, `tone` or a tag; in words; and the points it gives."""

    kind: str
    text: str
    points: float


def find_facts(persona: Persona, labels: SegmentLabels) -> tuple[Fact, ...]:
    """Topic, tone and tags of a segment, with what each means to the persona."""
    return (
        _label_fact("topic", labels.topic, persona.preferred_topics, persona.disliked_topics),
        _label_fact("tone", labels.tone, persona.preferred_tones, persona.disliked_tones),
        *(_tag_fact(tag, persona) for tag in labels.tags),
    )


def _label_fact(kind: str, label: Label, preferred: Sequence[str], disliked: Sequence[str]) -> Fact:
    doubt = f", perhaps {label.runner_up}" if label.unsure else ""
    text = f"{kind} {label.name} ({label.confidence:.0%} sure{doubt})"
    if label.name in preferred:
        return Fact(kind, f"{text} is preferred, +{label.confidence:.2f}", label.confidence)
    if label.name in disliked:
        return Fact(kind, f"{text} is disliked, -{label.confidence:.2f}", -label.confidence)
    return Fact(kind, f"{text} does not matter, 0", 0.0)


def _tag_fact(tag: Tag, persona: Persona) -> Fact:
    text = f"{tag.name} ({_evidence(tag)})"
    if tag.name in persona.disliked_tags:
        return Fact(tag.name, f"{text} is disliked, {TAG_POINTS:.0f}", TAG_POINTS)
    return Fact(tag.name, f"{text} does not matter, 0", 0.0)


class _Speaker:
    """The persona, about to speak of one segment. A disliked tag is what it speaks of first."""

    def __init__(self, persona: Persona, segment_id: str, labels: SegmentLabels, facts: Sequence[Fact]) -> None:
        self._persona = persona
        self._voice = persona.voice
        self._segment_id = segment_id
        self._labels = labels
        self._facts = facts
        disliked = [tag for tag in labels.tags if tag.name in persona.disliked_tags]
        self._tag = disliked[0] if disliked else None

    def opinion(self, score: float) -> str:
        if self._tag:
            lines = self._voice.tags[self._tag.name].opinions
            return self._choose(lines).format(evidence=_evidence(self._tag))
        return self._of_labels(self._voice.opinions, score)

    def note(self, score: float) -> str:
        if self._tag:
            return self._choose(self._voice.tags[self._tag.name].notes).format(evidence=_evidence(self._tag))
        return self._of_labels(self._voice.notes, score)

    def rationale(self) -> str:
        return self._choose(self._voice.rationales).format(facts="; ".join(fact.text for fact in self._facts))

    def _of_labels(self, lines: Lines, score: float) -> str:
        names = {"topic": self._labels.topic.name, "tone": self._labels.tone.name.lower()}
        line = self._choose(self._fitting(lines, score))
        return _start_sentences(line.format(**names))

    def _fitting(self, lines: Lines, score: float) -> Sequence[str]:
        """Lines for the verdict; praise and blame speak only of what earned it."""
        if score > LIKED_FROM:
            causes = {fact.kind for fact in self._facts if fact.points > 0}
            return [line for line in lines.liked if places_in(line) <= causes]
        if score < DISLIKED_TO:
            causes = {fact.kind for fact in self._facts if fact.points < 0}
            return [line for line in lines.disliked if places_in(line) <= causes]
        return lines.neutral

    def _choose(self, lines: Sequence[str]) -> str:
        """One of the lines: always the same for the same segment, but not the same for all."""
        key = f"{self._persona.name} {self._segment_id} {len(lines)} {lines[0]}".encode()
        return lines[int.from_bytes(hashlib.sha256(key).digest()[:4], "big") % len(lines)]


def _start_sentences(text: str) -> str:
    """With a capital after every full stop: a tone may stand there."""
    return re.sub(r"(?:^|(?<=[.!?] ))[a-z]", lambda match: match.group().upper(), text)


def _evidence(tag: Tag) -> str:
    """What a tag rests on, in quotes unless it has some, and short enough for a sentence."""
    text = tag.evidence if len(tag.evidence) <= LONGEST_EVIDENCE else f"{tag.evidence[: LONGEST_EVIDENCE - 1]}…"
    return text if text.startswith('"') else f'"{text}"'
