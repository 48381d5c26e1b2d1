"""Health, metrics, and the documents about the API, over HTTP."""

from __future__ import annotations

import json
import re
import shutil
import time
from dataclasses import replace
from datetime import datetime, timezone

import pytest
import requests
from openapi_spec_validator import validate

from soniclayer.courier.message import NEEDED_QUEUES, QUEUES, StepMessage
from soniclayer.courier.workers import WorkerReport
from soniclayer.domain.step import Step
from soniclayer.metrics import last_scrape
from soniclayer.web.readiness import OLDEST_S

WORKER = WorkerReport("worker-1", "here", 1, "0", QUEUES, 0.0, ready=True, stopping=False, doing=())


@pytest.fixture
def workers(backend):
    """The workers' reports; those of the test are taken back."""
    reports = backend.worker.courier.workers
    yield reports
    reports.sign_off(WORKER)


def ready(backend):
    answer = requests.get(f"{backend.service.url}/health/ready", timeout=10)
    return answer.status_code, {check["name"]: check["ok"] for check in answer.json()["checks"]}


@pytest.mark.parametrize("path", ["/health/live", "/segments/health"])
def test_live_needs_no_key(backend, path):
    answer = requests.get(f"{backend.service.url}{path}", timeout=10)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_wants_a_ready_worker_for_every_queue_that_somebody_waits_for(backend, workers):
    assert ready(backend)[0] == 503
    workers.report(replace(WORKER, queues=NEEDED_QUEUES[:-1]))
    status, checks = ready(backend)
    assert status == 503
    assert [name for name, ok in checks.items() if not ok] == ["worker.evaluate"]
    workers.report(replace(WORKER, ready=False))
    assert ready(backend)[0] == 503
    workers.report(replace(WORKER, queues=NEEDED_QUEUES))
    assert ready(backend)[0] == 200


def test_ready_wants_no_message_that_has_waited_for_long(backend, workers):
    workers.report(WORKER)
    courier = backend.worker.courier
    courier.broker.flush("prepare")
    old = StepMessage("a" * 16, Step("b" * 64, "prepare"))
    letter = courier.queue._letter(old)
    letter = letter.copy(message_timestamp=int((time.time() - OLDEST_S - 1) * 1000))
    courier.broker.do_enqueue(letter.queue_name, letter.options["redis_message_id"], letter.encode())
    try:
        status, checks = ready(backend)
        assert (status, checks["oldest_message"]) == (503, False)
    finally:
        courier.broker.flush("prepare")
    assert ready(backend)[0] == 200


def test_ready_tells_nothing_of_places_or_recordings(backend, tmp_path):
    audio_id = backend.upload(tmp_path, "secret name.flac")
    text = requests.get(f"{backend.service.url}/health/ready", timeout=10).text
    for secret in (audio_id, "secret name", str(backend.service.folder), str(backend.service.redis.socket)):
        assert secret not in text


def test_metrics_are_free_on_this_machine(backend):
    answer = requests.get(f"{backend.service.url}/metrics", timeout=10)
    assert answer.headers["Content-Type"].startswith("text/plain")
    for name in (
        "uploads_total",
        "queue_depth",
        "workers_alive",
        "recordings",
        "store_free_bytes",
        "store_size_bytes",
        "redis_max_memory_bytes",
        "info",
        "http_requests_total",
    ):
        assert f"# TYPE soniclayer_{name}" in answer.text


def test_metrics_tell_what_became_of_the_latest_backup_and_drill(backend):
    folder = backend.service.folder / "backups"
    folder.mkdir()
    good = {"ok": True, "finished_at": "2026-05-04T02:00:00+00:00", "succeeded_at": "2026-05-04T02:00:00+00:00"}
    try:
        assert "soniclayer_backup_ok" not in backend.get("/metrics").text
        (folder / "last-backup.json").write_text(json.dumps(good))
        (folder / "last-drill.json").write_text("{")
        told = dict(
            re.findall(r"^soniclayer_((?:backup|drill)_[a-z_]+) (.*)$", backend.get("/metrics").text, re.MULTILINE)
        )
        at_s = datetime(2026, 5, 4, 2, tzinfo=timezone.utc).timestamp()
        wanted = {"backup_ok": 1.0, "backup_success_timestamp_seconds": at_s, "drill_ok": 0.0}
        assert {name: float(value) for name, value in told.items()} == wanted
    finally:
        shutil.rmtree(folder)


def test_the_time_of_the_last_scrape_is_noted(backend):
    begun = time.time()
    requests.get(f"{backend.service.url}/metrics", timeout=10)
    assert last_scrape(backend.service.folder / "run/metrics") >= begun - 1


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_metrics_are_closed_through_a_proxy(backend, header):
    answer = requests.get(f"{backend.service.url}/metrics", headers={header: "127.0.0.1"}, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (401, "no_key")
    assert backend.get("/metrics", headers={header: "127.0.0.1"}).status_code == 200


@pytest.mark.parametrize("path", ["/openapi.json", "/docs"])
def test_documents_need_a_key_in_production(backend, path):
    assert requests.get(f"{backend.service.url}{path}", timeout=10).status_code == 401
    assert backend.get(path).status_code == 200


def test_openapi_document_is_served(backend):
    document = backend.get("/openapi.json").json()
    validate(document)
    assert document["openapi"] == "3.1.0"


def test_every_method_that_a_path_takes_is_allowed(backend):
    answer = backend.service.http.put(f"{backend.service.url}/recordings/{'0' * 64}", timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"DELETE", "GET", "HEAD"}
