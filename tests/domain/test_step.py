from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from soniclayer.domain.state import ENDED, state_of
from soniclayer.domain.step import Step, Survey, next_steps

AUDIO_ID = "a" * 64
PERSONAS = (("gen_z", "0" * 12), ("parent", "1" * 12))


def step(stage, window=None, persona=None):
    return Step(AUDIO_ID, stage, window, persona)


def all_steps(windows):
    yield step("prepare")
    for window in windows:
        yield step("transcribe", window)
        yield step("classify", window)
        for persona, _ in PERSONAS:
            yield step("evaluate", window, persona)


def inputs_of(one):
    """The steps whose results a step needs."""
    if one.stage == "classify":
        return [step("transcribe", one.window)]
    if one.stage == "evaluate":
        return [step("transcribe", one.window), step("classify", one.window)]
    return []


@st.composite
def surveys(draw):
    total = draw(st.integers(0, 4))
    published = draw(st.sets(st.integers(0, total - 1))) if total else set()
    possible = list(all_steps(range(total)))
    done = draw(st.sets(st.sampled_from(possible)))
    failed = draw(st.sets(st.sampled_from(possible)))
    return Survey(
        audio_id=AUDIO_ID,
        personas=PERSONAS,
        windows=frozenset(published),
        planned=total if step("prepare") in done else None,
        damaged=draw(st.booleans()),
        done=frozenset(done),
        failed=frozenset(failed),
        summary_inputs=draw(st.sampled_from([None, "stale"])),
    ), total


def run(survey, one, total, fails):
    """The survey after a step was run."""
    if fails:
        return survey.with_failed(one)
    if one.stage == "prepare":
        return replace(survey.with_done(one), planned=total, windows=frozenset(range(total)))
    if one.stage == "summarise":
        return survey.with_summary(survey.inputs)
    return survey.with_done(one)


@given(surveys(), st.randoms(use_true_random=False))
def test_any_subset_of_finished_and_failed_steps_leads_to_the_end(drawn, random):
    survey, total = drawn
    for _ in range(6 * total + 4):
        steps = next_steps(survey)
        if not steps:
            break
        survey = run(survey, random.choice(steps), total, random.random() < 0.2)
    assert next_steps(survey) == []
    assert state_of(survey) in ENDED


@given(surveys())
def test_no_step_is_asked_for_whose_inputs_are_missing(drawn):
    survey, _ = drawn
    for one in next_steps(survey):
        assert all(needed in survey.done for needed in inputs_of(one))
        assert one.window is None or one.window in survey.windows


@given(surveys())
def test_nothing_that_is_done_or_given_up_is_asked_for_again(drawn):
    survey, _ = drawn
    for one in next_steps(survey):
        assert one not in survey.failed
        assert one not in survey.done or (one.stage == "prepare" and not survey.prepared)


@given(surveys())
def test_the_summary_comes_alone_and_last(drawn):
    steps = next_steps(drawn[0])
    assert step("summarise") not in steps or steps == [step("summarise")]


@given(surveys())
def test_nothing_is_asked_for_twice_at_once(drawn):
    steps = next_steps(drawn[0])
    assert len(steps) == len(set(steps))


@given(surveys())
def test_a_cancelled_recording_has_no_next_step(drawn):
    assert next_steps(replace(drawn[0], cancelled=True)) == []


@given(surveys(), st.integers(0, 5))
def test_any_new_result_makes_an_old_summary_stale(drawn, window):
    survey = drawn[0].with_summary(drawn[0].inputs)
    new = step("transcribe", window)
    assert survey.summarised
    assert survey.with_done(new).summarised == (new in survey.done)


def survey_of(*done, windows=(0,), planned=1, **fields):
    return Survey(AUDIO_ID, PERSONAS, frozenset(windows), planned, done=frozenset(done), **fields)


def test_windows_are_transcribed_while_prepare_still_reads():
    assert next_steps(survey_of(planned=None)) == [step("transcribe", 0), step("prepare")]


def test_a_window_that_cannot_be_transcribed_does_not_hold_up_the_summary():
    survey = survey_of(step("prepare"), failed=frozenset({step("transcribe", 0)}))
    assert next_steps(survey) == [step("summarise")]


def test_a_window_that_cannot_be_classified_is_not_evaluated():
    survey = survey_of(step("prepare"), step("transcribe", 0), failed=frozenset({step("classify", 0)}))
    assert next_steps(survey) == [step("summarise")]


def test_a_recording_whose_prepare_fails_early_has_failed():
    survey = Survey(AUDIO_ID, PERSONAS, failed=frozenset({step("prepare")}))
    assert next_steps(survey) == []
    assert state_of(survey) == "failed"


def test_windows_published_before_prepare_was_given_up_are_still_worked_on():
    survey = survey_of(planned=None, failed=frozenset({step("prepare")}))
    assert next_steps(survey) == [step("transcribe", 0)]
    assert state_of(survey) == "processing"


def test_a_persona_that_is_added_later_is_the_only_thing_left_to_do():
    done = list(all_steps([0]))
    survey = survey_of(*done).with_summary("")
    survey = replace(survey, summary_inputs=survey.inputs, personas=(*PERSONAS, ("tradie", "2" * 12)))
    assert next_steps(survey) == [step("evaluate", 0, "tradie")]


def test_states_follow_the_store():
    fresh = Survey(AUDIO_ID, PERSONAS)
    assert state_of(fresh) == "accepted"
    assert state_of(fresh.with_window(0)) == "preparing"
    full = survey_of(*all_steps([0]))
    assert state_of(full) == "processing"
    assert state_of(full.with_summary(full.inputs)) == "completed"
    damaged = replace(full, damaged=True)
    assert state_of(damaged.with_summary(damaged.inputs)) == "completed_with_errors"
    failed = full.with_failed(step("classify", 0))
    assert state_of(failed.with_summary(failed.inputs)) == "completed"  # a result beats a failure
    assert state_of(replace(full, cancelled=True)) == "cancelled"
