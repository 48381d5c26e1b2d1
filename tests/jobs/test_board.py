from __future__ import annotations

import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from fake_engine import WINDOW_S, fake_window
from hypothesis import given
from hypothesis import strategies as st
from samples import take_in

from soniclayer.domain.step import Step, Survey, next_steps
from soniclayer.domain.window import PreparedWindow
from soniclayer.jobs.board import Board, Entry
from soniclayer.storage.local import LocalStore

AUDIO_ID = "a" * 64
SURVEY = Survey(AUDIO_ID, (("gen_z", "0" * 12), ("parent", "1" * 12)))


@given(st.lists(st.tuples(st.sampled_from(["window", "take", "done", "fail", "put back"]), st.integers(0, 9))))
def test_the_board_hands_out_what_next_steps_tells_and_nobody_does_yet(changes):
    entry = Entry(SimpleNamespace(), SURVEY, {})
    entry.change(SURVEY, SURVEY.windows)
    for change, number in changes:
        happen(entry, change, number)
        assert list(entry.ready()) == [step for step in next_steps(entry.survey) if step not in entry.running]


def happen(entry, change, number):
    survey = entry.survey
    if change == "window":
        entry.change(survey.with_window(number), [number])
        return
    open_steps = next_steps(survey) if change != "put back" else list(entry.running)
    if not open_steps:
        return
    step = open_steps[number % len(open_steps)]
    windows = [] if step.window is None else [step.window]
    if change == "take":
        entry.running.add(step)
    elif change == "put back":
        entry.running.discard(step)
    elif step.stage == "prepare":
        entry.change(replace(survey, planned=len(survey.windows)).with_done(step))
    elif step.stage == "summarise":
        entry.change(survey.with_summary(survey.inputs))
    else:
        entry.change(survey.with_done(step) if change == "done" else survey.with_failed(step), windows)


def test_nothing_of_a_cancelled_recording_is_handed_out():
    entry = Entry(SimpleNamespace(), SURVEY, {})
    survey = replace(SURVEY.with_window(0), cancelled=True)
    entry.change(survey, survey.windows)
    assert list(entry.ready()) == []


@pytest.fixture
def board(tmp_path):
    one = Board()
    run = take_in(LocalStore(tmp_path))
    one.add(run)
    for number in range(2):
        run.publish(fake_window(number), b"")
        one.seen(run.recording.audio_id, PreparedWindow(fake_window(number), b""))
    return one


def end_window(board, number, end):
    for stage in ("transcribe", "classify", "evaluate", "evaluate"):
        taken = board.take(lambda step, stage=stage: step.stage == stage and step.window == number)
        end(taken[1])


def test_a_window_counts_as_done_when_all_that_is_wanted_of_it_has_ended(board):
    seen = []

    def end(step):
        seen.append(board.progress()[0].done_s)
        board.done(step)

    end_window(board, 0, end)
    assert seen == [0.0, 0.0, 0.0, 0.0]
    assert board.progress()[0].done_s == WINDOW_S
    step = board.take(lambda step: step.stage == "transcribe")[1]
    board.given_up(step)
    assert board.progress()[0].done_s == 2 * WINDOW_S


def test_the_first_window_is_the_first_that_is_done_whichever_it_is(board):
    assert board.first_window_at is None
    end_window(board, 1, board.done)
    first = board.first_window_at
    assert first is not None
    end_window(board, 0, board.done)
    assert board.first_window_at == first


def test_a_step_that_was_put_back_for_a_while_is_handed_out_after_it_and_not_before(board):
    first = board.take(lambda step: step.stage == "transcribe")[1]
    began = time.monotonic()
    board.put_back(first, 1.5)
    second = board.take(lambda step: step.stage == "transcribe")[1]
    assert (second.window, time.monotonic() - began < 1.5) == (1, True)
    again = board.take(lambda step: step.stage == "transcribe")[1]
    assert again == first
    assert time.monotonic() - began >= 1.5


def test_while_a_step_rests_the_board_is_not_over(board):
    board.close()
    board.put_back(board.take(lambda step: step.stage == "transcribe")[1], 1000.0)
    assert not board.over
    threading.Timer(0.05, board.stop).start()
    assert board.take(lambda step: step == Step(step.audio_id, "transcribe", 0)) is None


def test_who_cannot_do_a_step_whose_rest_is_over_does_not_look_again_and_again(board):
    board.put_back(board.take(lambda step: step.stage == "transcribe")[1], 0.0)
    looks = []
    threading.Timer(0.5, board.stop).start()
    assert board.take(looks.append) is None
    assert len(looks) < 20


def test_a_window_that_was_given_up_is_no_first_window(board):
    board.given_up(board.take(lambda step: step == Step(step.audio_id, "transcribe", 0))[1])
    assert board.first_window_at is None
