from __future__ import annotations

import os
import signal
from collections import Counter
from contextlib import ExitStack, closing

import pytest
from fake_engine import FakeEngine
from samples import results_of, take_in, wanted, work_off
from worker_place import Place, wait_until

from soniclayer.storage.local import LocalStore


def results_undisturbed(folder, windows):
    store = LocalStore(folder / "undisturbed")
    work_off(take_in(store, what=wanted("gen_z", "parent")), FakeEngine(windows))
    return results_of(store)


def kill(place, *victims):
    """Kill a worker, or its engine child, or both, in the middle of window 2; another worker is there."""
    quick = {"windows": 5, "step_s": 0.3, "deeds": {"transcribe.2": "wait_for_a_sign"}}
    worker = place.worker(engine=quick, patience_s=4.0)
    run = place.take_in()
    wait_until(lambda: "transcribe.2" in place.calls())
    pids = {"child": worker.child_pid(), "parent": worker.process.pid}
    for name in victims:
        os.kill(pids[name], signal.SIGKILL)
    (place.folder / "engine.log.sign").touch()
    place.worker(engine=quick, ready=False, patience_s=4.0)
    return run


def test_a_process_that_is_killed_in_the_middle_of_a_window_costs_that_window_at_most(tmp_path, redis_server):
    with ExitStack() as open_places:
        places = {}
        for victims in (("child",), ("parent",), ("child", "parent")):
            folder = tmp_path / "+".join(victims)
            folder.mkdir()
            place = Place(folder, redis_server.url_of(next(redis_server.unused)))
            places[victims] = open_places.enter_context(closing(place)), kill(place, *victims)
        for victims, (place, run) in places.items():
            assert place.wait_ended(run, seconds=40) == ["completed"]
            begun = Counter(call for call in place.calls() if not call.startswith(("warm", "prepare", "goon")))
            assert {call: count for call, count in begun.items() if count > 1} in ({}, {"transcribe.2": 2})
            assert place.deaths(run) == ({"transcribe.0002": "1"} if victims == ("child",) else {})
            assert results_of(place.store) == results_undisturbed(place.folder, 5)


@pytest.mark.slow
def test_windows_that_kill_the_engine_are_given_up_after_three_and_the_rest_goes_on(place):
    deeds = {"transcribe.1": "abort", "transcribe.2": "hang", "transcribe.3": "eat", "classify.4": "abort"}
    worker = place.worker(engine={"windows": 6, "deeds": deeds}, deadline_s=5.0)
    run = place.take_in()
    assert place.wait_ended(run, seconds=180) == ["completed_with_errors"]
    assert {failure.step: (failure.code, failure.attempts) for failure in run.failures()} == {
        "transcribe.0001": ("engine_crashed", 3),
        "transcribe.0002": ("engine_deadline", 3),
        "transcribe.0003": ("engine_memory", 3),
        "classify.0004": ("engine_crashed", 3),
    }
    assert [segment.segment.segment_id for segment in run.segments().segments] == ["0000.00", "0004.00", "0005.00"]
    assert worker.process.poll() is None
    assert 'error="EngineDied: the engine died (signal 6)' in worker.log
