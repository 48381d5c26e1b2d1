"""Workers that die, stop and are restarted while they work."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest
from criterion import recovery_s
from service import wait_until
from sound_files import RATE_HZ, read_samples, write_audio

WORKERS = ("soniclayer-worker@1", "soniclayer-worker@2")
AT_WORK_S = 90.0
RESTARTS = 20
KILLS = 4


@pytest.fixture
def programme(tmp_path, long_speech):
    """Makes a programme of real speech, of so many times four minutes; other numbers give other bytes."""
    sound = read_samples(long_speech)

    def make(number, times=1):
        return write_audio(
            tmp_path / f"programme {number}.flac", np.tile(sound[number * RATE_HZ :], times), codec="flac"
        )

    return make


@pytest.mark.experiment(1)
def test_a_worker_killed_in_the_middle_of_a_window_costs_no_result(suite, accepted, figures, programme):
    """kill -9 of the worker that transcribes a window, again and again"""
    for number in range(KILLS):
        audio_id = accepted.upload(programme(number))
        worker = worker_that(suite, f"transcribe.000. of {audio_id[:8]}")
        suite.machine.run("systemctl", "kill", "--kill-who=main", "--signal=KILL", worker)
        killed_s = time.monotonic()
        wait_until(lambda worker=worker: suite.fact(worker, "ActiveState") != "active", 60, suite.told)
        figures(recovered_s=recovery_s(suite, killed_s), kills=1)
    figures(**accepted.check(leftovers=KILLS))
    assert {suite.recording(audio_id)["state"] for audio_id in accepted.ids} == {"completed"}


@pytest.mark.experiment(3, ci=True)
def test_a_suite_that_is_stopped_in_the_middle_of_a_recording_goes_on_with_it_when_started(
    suite, accepted, figures, scale, programme
):
    """systemctl stop soniclayer.target while a window is transcribed, then start"""
    for number in range(scale(1, 3)):
        audio_id = accepted.upload(programme(number))
        worker_that(suite, f"transcribe.000. of {audio_id[:8]}")
        suite.systemctl("stop", "soniclayer.target")
        assert suite.state(audio_id) in {"preparing", "processing"}
        started_s = time.monotonic()
        suite.systemctl("start", "soniclayer.target")
        figures(recovered_s=recovery_s(suite, started_s), stops=1)
    figures(**accepted.check())
    assert {suite.recording(audio_id)["state"] for audio_id in accepted.ids} == {"completed"}


@pytest.mark.experiment(4)
def test_a_worker_restarted_twenty_times_during_one_recording_loses_no_step_of_it(suite, accepted, figures, programme):
    """systemctl restart of the only worker, 20 times during one recording of 40 minutes"""
    suite.systemctl("stop", WORKERS[1])
    audio_id = accepted.upload(programme(1, times=10))
    for _ in range(RESTARTS):
        worker_that(suite, f"of {audio_id[:8]}")
        suite.machine.run("systemctl", "reset-failed", WORKERS[0])  # it refuses 15 starts within 5 minutes
        suite.systemctl("restart", WORKERS[0])
    assert suite.state(audio_id) in {"preparing", "processing"}
    suite.systemctl("start", WORKERS[1])
    figures(recovered_s=recovery_s(suite), restarts=RESTARTS)
    figures(**accepted.check(240))
    assert suite.recording(audio_id)["state"] == "completed"


def worker_that(suite, does):
    """The unit of the worker of which `systemctl status` tells that; waits for one."""
    found = {}

    def look():
        for worker in WORKERS:
            found[worker] = suite.fact(worker, "StatusText")
        return any(re.search(does, text) for text in found.values())

    wait_until(look, AT_WORK_S, lambda: f"{found}\n{suite.told()}")
    return next(worker for worker, text in found.items() if re.search(does, text))
