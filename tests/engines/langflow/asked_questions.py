"""Questions for judges, and what they say to them."""

from __future__ import annotations

from soniclayer.jobs.judge import Question

FLOW = "soniclayer_gen_z"


def questions(count=4, window=3, text="It was said."):
    return [Question(f"{window:04d}.{number:02d}", text, "Sports", "Calm") for number in range(count)]


def scores(judgement):
    """By the number of the segment."""
    return {int(one.segment_id[-2:]): one.score for one in judgement.evaluations}
