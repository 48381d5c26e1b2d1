"""Stage classify: what each speech segment of a window is about (topic), how it is said (tone), and its tags.

A model compares the text with the labels; cues from `labels.yaml` are joined to its answer; talk goes on
across cuts, so the neighbours' topics weigh in a little. A window is classified on its own: nothing outside
it has a say.
"""

from __future__ import annotations

from math import exp, log
from typing import TYPE_CHECKING

from soniclayer.domain.cue import find_cues
from soniclayer.domain.segment import Analysis, Label, SegmentLabels
from soniclayer.pipeline.tags import find_tags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from soniclayer.domain.labels import Labels
    from soniclayer.domain.segment import Transcript
    from soniclayer.pipeline.label_model import LabelModel

MOST_CUES = 3
"""More different cues than these add nothing: they shall tip the scale, not replace the model."""

LEAST_PROBABILITY = 1e-9
"""Stands for 0 in logarithms."""


def classify(transcript: Transcript, labels: Labels, model: LabelModel) -> Analysis:
    """Label all speech segments of one window, in one go.

    Returns:
        One entry per speech segment, in time order; none for music, noise and silence. `model` names the
        label model and the fingerprint of the labels.
    """
    speech = [segment for segment in transcript.segments if segment.kind == "speech"]
    texts = [segment.text for segment in speech]
    topics = _topics(texts, labels, model)
    tones = _tones(texts, labels, model)
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


Ranking = dict[str, float]
"""Label name -> probability; adds up to 1."""


def _topics(texts: Sequence[str], labels: Labels, model: LabelModel) -> list[Label]:
    rankings = model.rank(texts, labels.topics, "topic") if texts else []
    joined = [
        _join_cues(ranking, text, labels.topic_cues, labels.topic_cue_weight)
        for ranking, text in zip(rankings, texts, strict=True)
    ]
    mixed = [_mix_neighbours(joined, index, labels.neighbour_share) for index in range(len(joined))]
    return [_choose(ranking, labels.unsure_margin) for ranking in mixed]


def _tones(texts: Sequence[str], labels: Labels, model: LabelModel) -> list[Label]:
    """Like topics, but the neighbours have no say: a tone turns from one sentence to the next."""
    rankings = model.rank(texts, labels.tones, "tone") if texts else []
    joined = [
        _join_cues(ranking, text, labels.tone_cues, labels.tone_cue_weight)
        for ranking, text in zip(rankings, texts, strict=True)
    ]
    return [_choose(ranking, labels.unsure_margin) for ranking in joined]


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


def _mix_neighbours(rankings: Sequence[Ranking], index: int, share: float) -> Ranking:
    """This segment's ranking with `share` of its neighbours' (one at an edge of the window, else two)."""
    neighbours = [rankings[i] for i in (index - 1, index + 1) if 0 <= i < len(rankings)]
    if not neighbours:
        return rankings[index]
    return {
        name: (1 - share) * own + share * sum(other[name] for other in neighbours) / len(neighbours)
        for name, own in rankings[index].items()
    }


def _choose(ranking: Ranking, unsure_margin: float) -> Label:
    """The likeliest label; of equals the first in `labels.yaml`."""
    first, second = sorted(ranking, key=ranking.__getitem__, reverse=True)[:2]
    margin = ranking[first] - ranking[second]
    return Label(name=first, confidence=round(ranking[first], 4), runner_up=second, unsure=margin < unsure_margin)
