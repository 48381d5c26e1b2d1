from __future__ import annotations

import json
from dataclasses import replace

import pytest

from soniclayer.courier import workers
from soniclayer.courier.workers import Doing, WorkerReport

REPORT = WorkerReport(
    name="worker-1",
    host="studio",
    pid=17,
    version="0.4",
    queues=("classify", "prepare"),
    started_at=1000.5,
    ready=True,
    stopping=False,
    doing=(Doing("a" * 64, "transcribe.0003", 2000.25),),
    child_pid=18,
    child_memory_bytes=10**9,
)
OTHER = replace(REPORT, host="archive", doing=())


def test_who_reports_is_alive_as_reported_sorted_by_host(courier):
    for report in (REPORT, OTHER):
        courier.workers.report(report)
    assert courier.workers.alive() == [OTHER, REPORT]
    assert courier.workers.count() == 2


def test_a_worker_that_reports_again_is_one_worker_as_it_is_now(courier):
    courier.workers.report(REPORT)
    courier.workers.report(replace(REPORT, stopping=True))
    assert courier.workers.alive() == [replace(REPORT, stopping=True)]


def test_a_worker_that_says_nothing_any_more_is_gone(courier, monkeypatch):
    courier.workers.report(REPORT)
    monkeypatch.setattr(workers, "WORKER_GONE_S", -1)
    assert courier.workers.alive() == []
    assert courier.workers.count() == 0


def test_a_worker_that_signs_off_is_gone_and_leaves_nothing(courier):
    courier.workers.report(REPORT)
    courier.workers.sign_off(replace(REPORT, doing=()))
    assert courier.workers.alive() == []
    assert courier.client.dbsize() == 0


def test_one_that_was_silent_for_a_day_is_forgotten(courier):
    courier.workers.report(REPORT)
    courier.client.zincrby("soniclayer:workers", -workers.FORGOTTEN_S - 1, "studio/worker-1")
    courier.workers.report(OTHER)
    assert courier.client.hkeys("soniclayer:workers:reports") == ["archive/worker-1"]


@pytest.mark.parametrize("report", ["", "no json", "[]", "{}", '{"doing": 5}', '{"doing": [], "queues": []}'])
def test_a_report_nobody_can_read_hides_no_other(courier, report):
    courier.workers.report(REPORT)
    courier.workers.report(OTHER)
    courier.client.hset("soniclayer:workers:reports", "archive/worker-1", report)
    assert courier.workers.alive() == [REPORT]


def test_a_worker_of_the_next_version_may_tell_more(courier):
    courier.workers.report(REPORT)
    facts = json.loads(courier.client.hget("soniclayer:workers:reports", "studio/worker-1"))
    facts["doing"][0]["mood"] = facts["mood"] = "good"
    courier.client.hset("soniclayer:workers:reports", "studio/worker-1", json.dumps(facts))
    assert courier.workers.alive() == [REPORT]


def test_a_report_from_before_the_clock_was_set_back_keeps_nobody_alive(courier):
    courier.workers.report(REPORT)
    courier.client.zincrby("soniclayer:workers", 3600, "studio/worker-1")
    assert (courier.workers.alive(), courier.workers.count()) == ([], 0)
