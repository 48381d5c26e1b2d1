"""A machine that loses its power or reboots, with uploads in flight and recordings under way."""

from __future__ import annotations

import random
import time

import pytest
from criterion import recovery_s
from service import wait_until
from uploaders import Uploaders

LATEST_S = 3.0
TAKEN = 4
WRITERS = 8
"""Processes and threads of the suite that may be writing at any moment: each leaves one file at most."""


@pytest.fixture
def uploaders(accepted, jfk, tmp_path):
    return Uploaders(accepted, jfk, tmp_path)


@pytest.mark.experiment(16, ci=True)
def test_power_cuts_at_random_moments_of_writing_lose_nothing(suite, accepted, uploaders, figures, scale, long_speech):
    """every process of the machine killed at once while uploads come in and windows are written, then power again"""
    chance, cuts = random.Random(16), scale(1, 20)
    audio_id = begun(suite, accepted.upload(long_speech))
    for _ in range(cuts):
        with uploaders.at_work():
            time.sleep(chance.uniform(0, LATEST_S))  # the point is that nothing is waited for
            suite.machine.pull_plug()
        power_s = time.monotonic()
        suite.machine.boot()
        figures(recovered_s=recovery_s(suite, power_s), power_cuts=1)
    figures(**accepted.check(900, leftovers=cuts * WRITERS), broken_uploads=uploaders.told["broken"])
    assert suite.recording(audio_id)["state"] == "completed"


@pytest.mark.experiment(20, ci=True)
def test_a_reboot_under_load_loses_nothing(suite, accepted, uploaders, figures, scale, long_speech):
    """reboot while uploads come in and a recording is under way"""
    audio_id = begun(suite, accepted.upload(long_speech))
    for _ in range(scale(1, 3)):
        with uploaders.at_work():
            enough = uploaders.told["taken"] + TAKEN
            wait_until(lambda enough=enough: uploaders.told["taken"] >= enough, 60, suite.told)
            suite.machine.power_off()
        power_s = time.monotonic()
        suite.machine.boot()
        figures(recovered_s=recovery_s(suite, power_s), reboots=1)
    figures(**accepted.check(), broken_uploads=uploaders.told["broken"])
    assert suite.recording(audio_id)["state"] == "completed"


def begun(suite, audio_id):
    """The recording, as soon as some of its windows are done and others are not."""
    wait_until(lambda: suite.recording(audio_id)["progress"]["done_s"] > 0, 120, suite.told)
    assert not suite.recording(audio_id)["ended"]
    return audio_id
