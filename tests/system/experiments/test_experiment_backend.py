"""The backend is killed, and restarted again and again, while recordings are uploaded."""

from __future__ import annotations

import time

import pytest
from backend_kills import UNIT, kill_at_random
from criterion import recovery_s
from large_uploads import LargeUploads
from suite_load import under_load
from uploaders import Uploaders

MEBIBYTE = 2**20
ASKED_FOR = ("read", "read_by_nginx", "upload")


@pytest.mark.experiment(2, ci=True)
def test_no_upload_that_was_answered_is_lost_when_the_backend_is_killed(suite, accepted, figures, scale, jfk, tmp_path):
    """While clients upload, its master or one of its processes is killed (SIGKILL), chosen by chance."""
    uploaders = Uploaders(accepted, jfk, tmp_path)
    with uploaders.at_work():
        killed = kill_at_random(suite, scale(6, 24), seed=2)
        recovered_s = recovery_s(suite)
    told = uploaders.told
    assert told["taken"] > 0
    found = accepted.check(300, leftovers=told["broken"])
    broken = {"answered": told["taken"], "broken_off": told["broken"], "refused": told["refused"]}
    figures(**found, recovered_s=recovered_s, **{f"{what}_kills": count for what, count in killed.items()}, **broken)


@pytest.mark.experiment(15, ci=True, spoils=True)
def test_restarting_the_backend_under_load_fails_no_request_and_no_large_upload(suite, accepted, figures, scale, jfk):
    """The backend is restarted again and again while clients read and upload, among it 200 MB at a time."""
    times = scale(5, 50)
    large = LargeUploads(suite, accepted, scale(40, 200) * MEBIBYTE)
    longest_s, met = 0.0, 0
    with under_load(suite, jfk, accepted.note) as load, large.at_work():
        for _ in range(times):
            suite.machine.run(
                "systemctl", "reset-failed", f"{UNIT}.service"
            )  # so many within minutes are no fault here
            began_s = time.monotonic()
            met += large.in_flight
            suite.systemctl("restart", UNIT)
            longest_s = max(longest_s, time.monotonic() - began_s)
    assert load.failed + large.failed == [], suite.told()
    assert all(load.succeeded[kind] for kind in ASKED_FOR)
    assert met
    found = accepted.check(300)
    counts = {"requests": load.succeeded.total(), "failed_requests": 0, "large_uploads": large.taken}
    figures(**found, restarts=times, restarts_in_a_large_upload=met, **counts, longest_restart_s=round(longest_s, 1))
