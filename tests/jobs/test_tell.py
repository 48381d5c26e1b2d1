"""What the list says of a recording: its scores, and that it has ended."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_engine import FakeEngine
from queue_worker import perform_next, work_queues
from samples import upload

from soniclayer.domain.step import Step, next_steps
from soniclayer.jobs import advance, steer
from soniclayer.jobs.tell import scores_of, tell_all


@pytest.fixture
def run(recordings, courier):
    """Of a recording that was just uploaded."""
    return recordings.run(upload(recordings, courier).recording)


@pytest.fixture
def scores(courier, run):
    """Asks for what the line says now."""
    return lambda: courier.index.get(run.recording.audio_id).scores


def finish(recordings, courier):
    work_queues(recordings, courier, FakeEngine())


def test_there_are_no_scores_before_there_is_a_summary(recordings, courier, scores):
    for _ in range(4):
        assert scores() == {}
        perform_next(recordings, courier, FakeEngine())


def test_scores_are_those_of_the_summary(recordings, courier, run, scores):
    finish(recordings, courier)
    found = {persona.persona: persona.mean_score for persona in run.summary().personas}
    assert len(found) > 0
    assert scores() == found


def test_a_persona_that_had_nothing_to_judge_has_no_score(recordings, courier, run):
    finish(recordings, courier)
    summary = run.summary()
    first, *others = summary.personas
    summary = replace(summary, personas=(replace(first, mean_score=None), *others))
    assert set(scores_of(summary)) == {persona.persona for persona in others}


def test_scores_stay_until_there_are_others(recordings, courier, run, scores):
    finish(recordings, courier)
    before, one = scores(), run.wanted().personas[0]
    steer.re_evaluate(recordings, courier, run.recording.audio_id, [one])
    assert courier.index.get(run.recording.audio_id).state == "processing"
    assert scores() == before
    finish(recordings, courier)
    assert set(scores()) == {one.name}


def test_who_tells_of_the_last_step_after_it_was_done_does_not_take_the_end_back(recordings, courier, run, monkeypatch):
    """Another worker summarises as soon as that is queued, before it is told that only that is left."""

    def tell_late(courier, run, survey, **how):
        if next_steps(survey) == [Step(run.recording.audio_id, "summarise")]:
            late.append(survey)
            finish(recordings, courier)
        tell_all(courier, run, survey, **how)

    late = []
    monkeypatch.setattr(advance, "tell_all", tell_late)
    finish(recordings, courier)
    assert len(late) == 1
    assert courier.index.get(run.recording.audio_id).state == "completed"
