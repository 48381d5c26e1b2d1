"""Stage classify: what each speech segment of a window is about (topic), how it is said (tone), and its tags.

A model ranks the labels for the text; cues from `labels.yaml` are joined to its answer; talk goes on across cuts, so
the neighbours have a say. A window is classified on its own: nothing outside it has one.
"""

from __future__ import annotations

from itertools import pairwise
from math import exp, log
from typing import TYPE_CHECKING

from soniclayer.domain.cue import find_cues
from soniclayer.domain.segment import Analysis, Label, SegmentLabels
from soniclayer.pipeline.chain import weigh_neighbours
from soniclayer.pipeline.tags import find_tags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from soniclayer.domain.labels import LabelFamily, Labels
    from soniclayer.domain.segment import Segment, Transcript
    from soniclayer.pipeline.chain import Ranking
    from soniclayer.pipeline.label_model import LabelModel

MOST_CUES = 3
"""More different cues than these add nothing: they shall tip the scale, not replace the model."""

LEAST_PROBABILITY = 1e-9
"""Stands for 0 in logarithms."""

LONGEST_PAUSE_S = 2.0
"""Whoever pauses longer, or has music played, may well have changed the subject."""


def classify(transcript: Transcript, labels: Labels, model: LabelModel) -> Analysis:
    """Label all speech segments of one window, in one go.

    Returns:
        One entry per speech segment, in time order; none for music, noise and silence. `model` names the
        label model and the fingerprint of the labels.
    """
    speech = [segment for segment in transcript.segments if segment.kind == "speech"]
    topics = _topics(speech, labels, model)
    tones = _tones(speech, labels, model)
    return Analysis(
        window=transcript.window,
        model=f"{model.name}/{labels.fingerprint}",
        segments=tuple(
            SegmentLabels(
                segment_id=segment.segment_id,
                topic=topic,
                tone=tone,
                tags=find_tags(segment.text, transcript.language, topic, labels),
            )
            for segment, topic, tone in zip(speech, topics, tones, strict=True)
        ),
    )


def _topics(speech: Sequence[Segment], labels: Labels, model: LabelModel) -> list[Label]:
    rankings = _rankings(speech, labels.topic_family, model, labels.topic_cues, labels.topic_cue_weight)
    mixed = weigh_neighbours(rankings, _stays(speech, labels.topic_stay, labels.turn_stay))
    return [_choose(ranking, labels.topic_unsure_margin) for ranking in mixed]


def _tones(speech: Sequence[Segment], labels: Labels, model: LabelModel) -> list[Label]:
    rankings = _rankings(speech, labels.tone_family, model, labels.tone_cues, labels.tone_cue_weight)
    mixed = weigh_neighbours(rankings, _stays(speech, labels.tone_stay, labels.turn_stay))
    return [_choose(ranking, labels.tone_unsure_margin) for ranking in mixed]


def _rankings(
    speech: Sequence[Segment],
    family: LabelFamily,
    model: LabelModel,
    cues: Mapping[str, Sequence[str]],
    cue_weight: float,
) -> list[Ranking]:
    """What each segment says for itself."""
    texts = [segment.text for segment in speech]
    rankings = model.rank(texts, family) if texts else []
    return [_join_cues(ranking, text, cues, cue_weight) for ranking, text in zip(rankings, texts, strict=True)]


def _stays(speech: Sequence[Segment], stay: float, turn_stay: float) -> list[float]:
    """How likely each segment goes on with the label before: not at all where music, a jingle or silence is between."""
    stays = [0.0]
    for before, segment in pairwise(speech):
        if segment.start_s - before.end_s >= LONGEST_PAUSE_S:
            stays.append(0.0)
        else:
            stays.append(turn_stay if segment.turn else stay)
    return stays[: len(speech)]


def _join_cues(ranking: Ranking, text: str, cues: Mapping[str, Sequence[str]], weight: float) -> Ranking:
    """Add `weight` log-odds per different cue that was found."""
    powers = {
        name: log(max(probability, LEAST_PROBABILITY))
        + weight * min(MOST_CUES, len(find_cues(text, cues.get(name, ()))))
        for name, probability in ranking.items()
    }
    top = max(powers.values())
    odds = {name: exp(power - top) for name, power in powers.items()}
    total = sum(odds.values())
    return {name: value / total for name, value in odds.items()}


def _choose(ranking: Ranking, unsure_margin: float) -> Label:
    """The likeliest label; of equals the first in `labels.yaml`."""
    first, second = sorted(ranking, key=ranking.__getitem__, reverse=True)[:2]
    margin = ranking[first] - ranking[second]
    return Label(name=first, confidence=round(ranking[first], 4), runner_up=second, unsure=margin < unsure_margin)
