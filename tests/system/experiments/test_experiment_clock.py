"""The clock of the machine, or of one part of the suite alone, jumps by an hour and back."""

from __future__ import annotations

import time

import pytest
from criterion import recovery_s
from faked_clocks import FakedClocks
from installed_suite import KEY, SONICLAYER
from service import wait_until
from sound_files import RATE_HZ, read_samples, write_audio

HOUR_S = 3600
BACKEND, REDIS, CLEANUP = "soniclayer-backend", "redis-server@soniclayer", "soniclayer-cleanup"
WORKERS = VICTIM, OTHER = "soniclayer-worker@1", "soniclayer-worker@2"
EVERYBODY = (BACKEND, REDIS, *WORKERS, CLEANUP)
WHOSE = (EVERYBODY, (REDIS,), (BACKEND,), (VICTIM,))
SETTINGS = "SONICLAYER_UPLOADS_PER_MINUTE=10\nSONICLAYER_RETENTION_DAYS=1\n"
AGAIN_S = 150.0
"""Who was at the limit may upload again after two windows of it at most."""

SETTLED_S = 180.0


@pytest.fixture
def clocks(suite):
    """Of every unit, to be set while it runs."""
    clocks = FakedClocks(suite, EVERYBODY, SETTINGS)
    suite.systemctl("restart", REDIS, "soniclayer.target")
    recovery_s(suite)
    return clocks


@pytest.fixture
def hasty(suite):
    """A key whose owner uploads nothing, as often as possible: until the limit is met."""
    added = suite.machine.output(SONICLAYER, "keys", "add", "hasty", "--scope=write")
    headers = {"X-API-Key": KEY.search(added)[0]}

    def refused():
        return suite.ask("POST", "/evaluate/", headers=headers, files={"file": b""}).status_code == 429

    return refused


@pytest.mark.experiment(18, spoils=True)
def test_a_clock_that_jumps_by_an_hour_and_back_loses_nothing_and_holds_up_nothing(
    suite, accepted, figures, scale, clocks, hasty, long_speech, tmp_path
):
    """Set +1 h, then -1 h with a worker killed at that moment: everybody's clock, then each part's alone."""
    clocks_set = [(whose, ahead_s) for whose in WHOSE[: scale(1, 4)] for ahead_s in (HOUR_S, 0)]
    longest_s = 0.0
    for number, (whose, ahead_s) in enumerate(clocks_set):
        if REDIS in whose:
            wait_until(hasty, 60, suite.told)
        accepted.upload(programme(long_speech, tmp_path / f"{number}.flac", 2 * number))
        wait_until(lambda: "transcribe" in suite.fact(VICTIM, "StatusText"), 60, suite.told)
        if not ahead_s:
            suite.machine.run("systemctl", "kill", "--kill-who=main", "--signal=KILL", VICTIM)
        began_s = time.monotonic()
        clocks.set_by(whose, ahead_s)
        accepted.upload(programme(long_speech, tmp_path / f"{number} after.flac", 2 * number + 1))
        suite.systemctl("start", CLEANUP)
        if REDIS in whose:
            wait_until(lambda: not hasty(), AGAIN_S, suite.told)
        found = accepted.check(SETTLED_S, leftovers=number)
        longest_s = max(longest_s, time.monotonic() - began_s)
    figures(**found, jumps=len(clocks_set), all_ended_s=round(longest_s, 1))
    assert {suite.recording(audio_id)["state"] for audio_id in accepted.ids} == {"completed"}
    starts = {unit: int(suite.fact(unit, "NRestarts")) for unit in (BACKEND, REDIS, *WORKERS)}
    assert starts == {BACKEND: 0, REDIS: 0, VICTIM: len(clocks_set) / 2, OTHER: 0}


def programme(speech, path, number):
    """Four minutes of speech, other bytes for every number."""
    return write_audio(path, read_samples(speech)[number * RATE_HZ :], codec="flac")
