"""A Result as the pipeline would make it of the sample broadcast: true texts and times, made-up scores."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from soniclayer.domain.segment import Label, Origin, Segment, Tag, Word
from soniclayer.domain.summary import (
    PersonaScore,
    PersonaSummary,
    Result,
    SegmentReport,
    Summary,
)
from soniclayer.domain.window import Span

TRUTH = Path(__file__).parent / "data" / "broadcast" / "truth.json"
AUDIO_ID = "3f1c0a9be27d4455" * 4

LIKES = {
    "gen_z": (
        "Gen Z listener",
        {"Technology": 1.2, "Humorous": 0.9, "Excited": 0.7, "Politics": -1.3, "Serious": -0.4},
    ),
    "advertiser": ("Advertiser", {"Advertising & Marketing": 1.8, "Positive": 0.6, "Controversial": -1.6}),
    "parent": (
        "Parent",
        {"Health": 1.1, "Food": 1.0, "Sports": 0.4, "Controversial": -1.9, "Informative": 0.4},
    ),
    "business_owner": ("Business owner", {"Politics": 0.8, "Technology": 0.7, "Humorous": -0.6}),
    "tradie": (
        "Tradie",
        {"Sports": 1.4, "Humorous": 0.8, "Opinion & Editorial": 0.9, "Advertising & Marketing": -1.0},
    ),
    "commuter": ("Commuter", {"Opinion & Editorial": -0.6, "Politics": 0.5, "Community & Local": 0.8}),
}


def broadcast_result(name: str = "broadcast.flac") -> Result:
    truth = json.loads(TRUTH.read_text(encoding="utf-8"))
    reports: list[SegmentReport] = []
    for part in truth["parts"]:
        reports += _speech(part, len(reports)) if part["kind"] == "speech" else [_other(part, len(reports))]
    return Result(AUDIO_ID, name, "completed", _summary(truth, reports), tuple(reports))


def judged_result(model: str | None = "a-model-7b") -> Result:
    """The same, judged by Langflow, but for two segments of Gen Z and one of those for the time being."""
    result = broadcast_result()
    origin = Origin("soniclayer_gen_z", "0123456789ab", model, 1.234, 2)
    speech = [report.segment.segment_id for report in result.segments if report.evaluations]

    def judged(report: SegmentReport) -> SegmentReport:
        def by(one: PersonaScore) -> PersonaScore:
            if one.persona == "gen_z" and report.segment.segment_id in speech[:2]:
                return replace(one, provisional=report.segment.segment_id == speech[0])
            return replace(one, source="langflow", origin=origin)

        return replace(report, evaluations=tuple(map(by, report.evaluations)))

    return replace(result, segments=tuple(map(judged, result.segments)))


def words(text: str, start_s: float, end_s: float, probability: float = 0.93) -> tuple[Word, ...]:
    """Evenly spaced."""
    parts = text.split()
    times = [start_s + (end_s - start_s) * n / len(parts) for n in range(len(parts) + 1)]
    return tuple(
        Word(start, end, f" {part}", probability) for part, (start, end) in zip(parts, pairwise(times), strict=True)
    )


def _speech(part: dict, number: int) -> list[SegmentReport]:
    groups: list[list[dict]] = [[]]
    for sentence in part["sentences"]:
        if groups[-1] and sentence["end_s"] - groups[-1][0]["start_s"] > 16:
            groups.append([])
        groups[-1].append(sentence)
    return [_report(part, group, number + n) for n, group in enumerate(groups)]


def _report(part: dict, sentences: list[dict], number: int) -> SegmentReport:
    spoken = tuple(w for s in sentences for w in words(s["text"], s["start_s"], s["end_s"]))
    text = " ".join(s["text"] for s in sentences)
    segment = Segment(sentences[0]["start_s"], sentences[-1]["end_s"], _id(number), "speech", text, spoken, number == 9)
    topic = Label(part["topic"], 0.41 + number % 5 / 10, "Lifestyle", number % 5 == 1)
    tone = Label(part["tone"], 0.38 + number % 4 / 10, "Neutral", number % 4 == 1)
    known = {"profanity": "damn", "advertisement": "brought to you by"}
    tags = tuple(Tag(tag, known[tag]) for tag in part["tags"] if tag in known)
    scores = tuple(_score(persona, part, number) for persona in LIKES)
    return SegmentReport(segment, -19.4 - number % 3, topic, tone, tags, scores)


def _other(part: dict, number: int) -> SegmentReport:
    segment = Segment(part["start_s"], part["end_s"], _id(number), part["kind"], "", ())
    return SegmentReport(segment, -16.2 if part["kind"] == "music" else None, None, None, (), ())


def _score(persona: str, part: dict, number: int) -> PersonaScore:
    title, likes = LIKES[persona]
    found = {label: likes[label] for label in (part["topic"], part["tone"]) if label in likes}
    score = min(5.0, max(1.0, 3 + sum(found.values()) + (number % 3 - 1) / 5))
    facts = " and ".join(found) or f"{part['topic']}, {part['tone']}"
    verdict = "This is for me" if score > 3.5 else "Not my thing at all" if score < 2.5 else "I can live with it"
    return PersonaScore(
        persona,
        score,
        0.5 + abs(score - 3) / 4,
        f"{verdict}: {facts}.",
        f"3 + {facts}",
        f"A note for {title}.",
        "rules",
    )


def _id(number: int) -> str:
    return f"{number // 4:04d}.{number % 4:02d}"


def _summary(truth: dict, reports: list[SegmentReport]) -> Summary:
    speech = [report for report in reports if report.evaluations]
    speech_s = sum(report.segment.duration_s for report in speech)
    return Summary(
        inputs="ab" * 32,
        duration_s=truth["duration_s"],
        speech_s=speech_s,
        language="en",
        language_probability=0.98,
        loudness_lufs=-19.8,
        dead_air=tuple(Span(p["start_s"], p["end_s"]) for p in truth["parts"] if "dead_air" in p["tags"]),
        damage=None,
        personas=tuple(_persona(persona, n, speech) for n, persona in enumerate(LIKES)),
        topic_shares=_shares([(r.topic.name, r.segment.duration_s / speech_s) for r in speech]),
        tone_shares=_shares([(r.tone.name, r.segment.duration_s / speech_s) for r in speech]),
        failures=(),
    )


def _persona(persona: str, column: int, speech: list[SegmentReport]) -> PersonaSummary:
    ranked = sorted(speech, key=lambda report: -report.evaluations[column].score)
    scores = [report.evaluations[column].score for report in ranked]
    ids = [report.segment.segment_id for report in ranked]
    counts = tuple(sum(int(score + 0.5) == n for score in scores) for n in range(1, 6))
    return PersonaSummary(
        persona, LIKES[persona][0], sum(scores) / len(scores), counts, tuple(ids[:3]), tuple(ids[:-4:-1])
    )


def _shares(parts: list[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    totals: dict[str, float] = {}
    for name, share in parts:
        totals[name] = totals.get(name, 0.0) + share
    return tuple(sorted(totals.items(), key=lambda item: -item[1]))
