from __future__ import annotations

from courier_steps import a_recording

from soniclayer.courier.progress import Progress


def test_nothing_is_known_of_a_recording_at_first(courier):
    assert courier.progress.read(a_recording()) is None
    assert courier.progress.windows(a_recording()) == set()
    assert not courier.progress.all_ended(a_recording())


def test_the_total_is_the_longest_guess_until_the_plan_is_there(courier):
    for guess_s in (30.0, 90.0, 60.0):
        courier.progress.expect(a_recording(), guess_s)
    assert courier.progress.read(a_recording()) == Progress(0.0, 90.0, estimated=True)
    courier.progress.plan(a_recording(), 80.0, 2)
    assert courier.progress.read(a_recording()) == Progress(0.0, 80.0, estimated=False)


def test_a_window_that_ends_twice_counts_once(courier):
    courier.progress.plan(a_recording(), 90.0, 2)
    for _ in range(2):
        courier.progress.window_ended(a_recording(), 0, 30.5)
    assert courier.progress.read(a_recording()) == Progress(30.5, 90.0, estimated=False)
    assert courier.progress.windows(a_recording()) == {0}
    assert not courier.progress.all_ended(a_recording())
    courier.progress.window_ended(a_recording(), 1, 59.5)
    assert courier.progress.all_ended(a_recording())


def test_noting_what_the_store_tells_keeps_what_others_noted(courier):
    courier.progress.window_ended(a_recording(), 4, 10.0)
    courier.progress.note(a_recording(), {0: 30.0, 1: 60.0}, 120.0, None)
    assert courier.progress.read(a_recording()) == Progress(100.0, 120.0, estimated=True)
    courier.progress.note(a_recording(), {}, 100.0, 3)
    assert courier.progress.read(a_recording()) == Progress(100.0, 100.0, estimated=False)
    assert courier.progress.all_ended(a_recording())


def test_more_is_never_done_than_there_is(courier):
    courier.progress.window_ended(a_recording(), 0, 30.0)
    assert courier.progress.read(a_recording()) == Progress(30.0, 30.0, estimated=True)


def test_how_much_of_several_recordings_is_done_is_told_at_once(courier):
    courier.progress.plan(a_recording(), 80.0, 2)
    courier.progress.window_ended(a_recording(), 0, 20.0)
    known, unknown = (a_recording().audio_id, a_recording().run), ("f" * 64, "g" * 16)
    assert courier.progress.shares({known, unknown}) == {a_recording().audio_id: 0.25}
    assert courier.progress.shares([]) == {}


def test_runs_do_not_share_progress_and_one_is_forgotten_alone(courier):
    other = a_recording(run="s" * 16)
    courier.progress.expect(a_recording(), 30.0)
    courier.progress.expect(other, 60.0)
    courier.progress.forget(a_recording())
    assert courier.progress.read(a_recording()) is None
    assert courier.progress.read(other) == Progress(0.0, 60.0, estimated=True)
