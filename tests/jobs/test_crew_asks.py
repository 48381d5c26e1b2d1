"""`analyze` with a judge: several steps wait for it at once, and what it did not answer is asked again next time."""

from __future__ import annotations

import threading

import pytest
from fake_engine import FakeEngine
from fake_judge import FakeJudge
from samples import take_in, wanted, work_off

from soniclayer.domain.state import state_of
from soniclayer.jobs.board import Board
from soniclayer.jobs.crew import ASKING, Crew


def sources(run):
    return {one.source for report in run.segments().segments for one in report.evaluations}


@pytest.fixture
def run(store):
    return take_in(store)


def test_what_was_not_answered_is_provisional_and_done_again_by_the_next(recordings, store, run):
    work_off(run, FakeEngine(), judge=FakeJudge("silent"))
    assert (sources(run), len(run.survey().provisional)) == ({"rules"}, 6)
    recordings.close(run)
    assert recordings.open_ids() == [run.recording.audio_id]
    again = take_in(store)
    judge, engine = FakeJudge("answers"), FakeEngine()
    work_off(again, engine, judge=judge)
    recordings.close(again)
    assert (len(judge.asked), engine.calls) == (6, [])
    assert (sources(run), run.survey().provisional) == ({"langflow"}, {})
    assert run.survey().summarised
    assert recordings.open_ids() == []


def test_still_silent_it_ends_all_the_same(store, run):
    for _ in range(2):
        work_off(take_in(store), FakeEngine(), judge=FakeJudge("silent"))
        assert state_of(run.survey()) == "completed"
        assert len(run.survey().provisional) == 6


def test_without_langflow_what_was_provisional_is_final(recordings, store, run):
    work_off(run, FakeEngine(), judge=FakeJudge("silent"))
    work_off(take_in(store), FakeEngine())
    recordings.close(run)
    assert (run.survey().provisional, recordings.open_ids()) == ({}, [])


def test_a_fault_in_the_judge_ends_no_analysis(run):
    work_off(run, FakeEngine(), judge=FakeJudge("breaks"))
    assert (state_of(run.survey()), sources(run)) == ("completed", {"rules"})


def test_steps_of_a_busy_flow_are_asked_later_and_none_by_the_rules(run):
    work_off(run, FakeEngine(), judge=FakeJudge("busy", "busy", "answers", "busy", "answers"))
    assert sources(run) == {"langflow"}


def test_a_judge_that_takes_its_time_is_asked_by_several_at_once_while_the_engine_goes_on(store):
    class Slow(FakeJudge):
        together = threading.Barrier(ASKING)

        def judge(self, persona, questions):
            self.together.wait(30)
            return super().judge(persona, questions)

    engine = FakeEngine(windows=ASKING // 2)
    run = take_in(store)
    work_off(run, engine, judge=Slow())
    assert sources(run) == {"langflow"}
    assert len([call for call in engine.calls if call.startswith("classify")]) == ASKING // 2


def test_a_persona_that_was_asked_anew_keeps_its_edition(store, run):
    work_off(run, FakeEngine())
    before = run.wanted()
    later = tuple(type(one)(**{**vars(one), "edition": 3}) for one in before.personas)
    run.want(type(before)(later, before.options))
    judge = FakeJudge("answers")
    work_off(take_in(store), FakeEngine(), judge=judge)
    assert {edition for _, edition, _ in judge.asked} == {3}
    assert take_in(store, what=wanted("gen_z")).wanted().personas[0].edition == 3


def test_a_stopped_judge_stops_the_board(run):
    board = Board()
    crew = Crew(board, [FakeEngine()], FakeJudge("stopped"))
    board.add(run)
    board.close()
    assert board.wait(30)
    crew.join()
    assert not run.survey().summarised
