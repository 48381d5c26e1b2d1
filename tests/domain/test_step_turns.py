from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from soniclayer.domain.step import Step, Survey, Tries, next_steps
from soniclayer.domain.turns import AHEAD, due_steps, improvable, improvable_after, steps_let_in

AUDIO_ID = "a" * 64
PERSONAS = (("gen_z", "0" * 12), ("parent", "1" * 12))
RANDOMS = st.randoms(use_true_random=False)


def step(stage, window=None, persona=None):
    return Step(AUDIO_ID, stage, window, persona)


def survey_of(*done, windows=(0,), planned=1, **fields):
    return Survey(AUDIO_ID, PERSONAS, frozenset(windows), planned, done=frozenset(done), **fields)


def looked_at(survey, *windows):
    """What a look at these windows alone finds."""

    def near(steps):
        return [one for one in steps if one.window is None or one.window in windows]

    provisional = {one: survey.provisional[one] for one in near(survey.provisional)}
    done, failed = frozenset(near(survey.done)), frozenset(near(survey.failed))
    return replace(survey, windows=survey.windows & set(windows), done=done, failed=failed, provisional=provisional)


def most_alike(steps):
    """How many are of the same stage and persona, where they take turns."""
    kinds = [(one.stage, one.persona) for one in steps if one.stage in {"transcribe", "evaluate"}]
    return max(map(kinds.count, kinds), default=0)


@given(windows=st.integers(1, 60), ended=st.lists(st.integers(0, 8), min_size=AHEAD, max_size=AHEAD), data=st.data())
def test_of_the_transcriptions_a_few_are_due_and_never_none_of_those_that_are_left(windows, ended, data):
    over = [step("transcribe", row * AHEAD + first) for first, rows in enumerate(ended) for row in range(rows)]
    failed = frozenset(one for one in over if data.draw(st.booleans()))
    survey = survey_of(*(set(over) - failed), windows=range(windows), planned=None, failed=failed)
    left = [one for one in next_steps(survey) if one.stage == "transcribe"]
    due = [one for one in due_steps(survey) if one.stage == "transcribe"]
    assert set(due) <= set(left)
    assert len(due) <= AHEAD
    assert bool(due) == bool(left)
    assert not left or left[0] in due


@settings(max_examples=40, deadline=None)
@given(windows=st.integers(1, 26), random=RANDOMS, failing=st.sampled_from([0.0, 0.1, 0.5]))
def test_what_each_step_lets_in_leads_through_all_of_them_a_few_at_a_time(windows, random, failing):
    survey = survey_of(step("prepare"), windows=range(windows), planned=windows)
    queued, ended = set(due_steps(survey)), set()
    while queued:
        assert most_alike(queued) <= AHEAD
        one = random.choice(sorted(queued, key=lambda step: step.name))
        queued.remove(one)
        ended.add(one)
        survey = survey.with_failed(one) if random.random() < failing else survey.with_done(one)
        seen = looked_at(survey, one.window - AHEAD, one.window, one.window + AHEAD)
        queued |= set(steps_let_in(seen, one)) - ended
    assert next_steps(survey) == [step("summarise")]


@settings(max_examples=20, deadline=None)
@given(windows=st.integers(1, 26), random=RANDOMS)
def test_what_is_let_in_is_due_and_its_likes_are_not_let_in_once_more(windows, random):
    survey = survey_of(step("prepare"), windows=range(windows), planned=windows)
    while (due := due_steps(survey)) != [step("summarise")]:
        one = random.choice(due)
        survey = survey.with_done(one)
        seen = looked_at(survey, one.window - AHEAD, one.window, one.window + AHEAD)
        fresh = set(due_steps(survey)) - set(due)
        assert fresh <= {*steps_let_in(seen, one), step("summarise")}
        assert not set(steps_let_in(seen, one)) & set(due)


def test_an_evaluation_waits_for_its_persona_alone():
    survey = survey_of(*all_of(range(9)), windows=range(9), planned=9)
    late = [step("evaluate", 8, name) for name, _ in PERSONAS]
    survey = replace(survey, done=survey.done - {*late, step("evaluate", 0, "gen_z")})
    assert due_steps(survey) == [step("evaluate", 0, "gen_z"), step("evaluate", 8, "parent")]


def test_no_evaluation_waits_for_one_that_never_comes():
    survey = survey_of(*all_of(range(1, 9)), windows=range(9), planned=9, failed=frozenset({step("transcribe", 0)}))
    late = {step("evaluate", 8, name) for name, _ in PERSONAS}
    survey = replace(survey, done=survey.done - late)
    assert set(due_steps(survey)) == late
    assert set(steps_let_in(looked_at(survey, -8, 0, 8), step("transcribe", 0))) == late


def all_of(windows):
    yield step("prepare")
    for window in windows:
        yield from (step("transcribe", window), step("classify", window))
        yield from (step("evaluate", window, name) for name, _ in PERSONAS)


@settings(max_examples=40, deadline=None)
@given(windows=st.sets(st.integers(0, 29), min_size=1), first=st.integers(0, 25), random=RANDOMS)
def test_all_that_is_provisional_gets_its_turn_of_an_outage_a_few_at_a_time(windows, first, random):
    outage = set(range(first, 30))
    for provisional in (outage, windows):
        steps = {step("evaluate", window, persona): Tries() for window in provisional for persona, _ in PERSONAS}
        survey = survey_of(*all_of(range(30)), windows=range(30), planned=30, provisional=steps)
        make_better(survey, random, AHEAD if provisional == outage else 30)


def make_better(survey, random, most):
    """Until all of it is; `most` are queued at a time, before some have not become better."""
    queued = set()
    while survey.provisional:
        queued |= set(improvable(survey))  # reconcile comes by
        while queued:
            assert most_alike(queued) <= most
            one = random.choice(sorted(queued, key=lambda step: step.name))
            queued.remove(one)
            if random.random() < 0.7:
                survey = replace(survey, provisional={o: n for o, n in survey.provisional.items() if o != one})
            queued |= set(improvable_after(looked_at(survey, one.window, one.window + AHEAD), one))
        most = 30


def test_one_that_is_provisional_still_holds_back_none():
    both = {step("evaluate", window, "gen_z"): Tries(1) for window in (1, 9)}
    survey = survey_of(*all_of(range(10)), windows=range(10), planned=10, provisional=both)
    assert improvable(survey) == [step("evaluate", 1, "gen_z")]
    assert improvable_after(survey, step("evaluate", 1, "gen_z")) == [step("evaluate", 9, "gen_z")]


def test_one_that_was_given_up_is_kept_as_it_is_and_holds_up_none():
    both = {step("evaluate", window, "gen_z"): Tries() for window in (1, 9)}
    failed = frozenset({step("evaluate", 1, "gen_z")})
    survey = survey_of(*all_of(range(10)), windows=range(10), planned=10, provisional=both, failed=failed)
    assert improvable(survey) == [step("evaluate", 9, "gen_z")]
    assert improvable_after(survey, step("evaluate", 1, "gen_z")) == [step("evaluate", 9, "gen_z")]


def test_nothing_of_a_cancelled_recording_is_made_better():
    one = step("evaluate", 0, "gen_z")
    survey = survey_of(*all_of([0]), provisional={one: Tries()}, cancelled=True)
    assert improvable(survey) == []
