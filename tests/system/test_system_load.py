"""The suite under load while it is started, restarted and reloaded: nobody is sent away."""

from __future__ import annotations

import pytest
from service import wait_until
from suite_load import under_load

WORKERS = ("soniclayer-worker@1", "soniclayer-worker@2")
TIMES = 10
DRAINED_S = 40.0
STARTS = 20


@pytest.fixture
def without_workers(suite):
    """They take most of a start's time."""
    suite.systemctl("mask", "--runtime", *WORKERS)
    yield
    suite.systemctl("unmask", "--runtime", *WORKERS)


@pytest.mark.usefixtures("without_workers")
def test_when_start_returns_the_first_request_succeeds(suite):
    answers = []
    for _ in range(STARTS):
        count_starts_anew(suite)
        suite.systemctl("stop", "soniclayer.target")
        suite.systemctl("start", "soniclayer.target")
        answers.append(suite.ask_nginx("GET", "/api/recordings").status_code)
    assert answers == [200] * STARTS, suite.told()


def test_when_start_returns_every_part_is_ready(suite):
    suite.systemctl("stop", "soniclayer.target")
    suite.systemctl("start", "soniclayer.target")
    answer = suite.ask("GET", "/health/ready")
    assert answer.status_code == 200, answer.text


def test_reloading_the_backend_under_load_fails_no_request(suite, jfk):
    with under_load(suite, jfk) as load:
        for _ in range(TIMES):
            before = processes(suite)
            suite.systemctl("reload", "soniclayer-backend")
            wait_until(lambda before=before: not before & processes(suite), DRAINED_S, suite.told)
    assert load.failed == [], suite.told()
    assert min(load.succeeded[kind] for kind in ("read", "read_by_nginx", "upload")) >= TIMES
    suite.wait_ended(load.uploaded)


def test_restarting_all_of_it_fails_no_request_and_loses_no_recording(suite, jfk):
    with under_load(suite, jfk) as load:
        suite.systemctl("restart", "soniclayer.target")
    assert load.failed == [], suite.told()
    suite.wait_ended(load.uploaded)


def count_starts_anew(suite):
    """Systemd refuses a unit that is started again and again within minutes; here that is no fault."""
    often_started = ("soniclayer-backend.service", "soniclayer-backend.socket", "redis-server@soniclayer.service")
    suite.machine.run("systemctl", "reset-failed", *often_started)


def processes(suite):
    """Those of the backend that serve."""
    parent = str(suite.main_pid("soniclayer-backend"))
    return set(suite.machine.run("pgrep", "--parent", parent, check=False).stdout.split())
