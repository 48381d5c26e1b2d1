"""What processes count is there for whoever asks, together, once, and also after any of them has died."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from soniclayer import __version__, metrics
from soniclayer.courier.queue import QueueDepth
from soniclayer.metrics import SCRAPED, Facts, Metrics, render
from soniclayer.proof import Proof

REPO = Path(__file__).parent.parent

PROGRAM = """
import sys
from pathlib import Path
from soniclayer import metrics
name = metrics.start(Path(sys.argv[1]), sys.argv[2])
counts = metrics.get()
print(name, flush=True)
for line in sys.stdin:
    if line == "upload\\n":
        counts.uploads_total.inc()
    elif line == "stream\\n":
        counts.event_streams.inc()
    elif line == "step\\n":
        counts.stage_seconds.labels("transcribe").observe(2)
        counts.step_timestamp_seconds.labels("transcribe").set_to_current_time()
    elif line in ("some\\n", "many\\n"):
        for number in range(300 if line == "some\\n" else 3000):
            counts.stage_failures_total.labels("transcribe", f"code{number}").inc()
    print("done", flush=True)
"""


class Process:
    """A process that counts what it is told to."""

    def __init__(self, folder, instance):
        self.popen = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder), instance],
            env=os.environ | {"PYTHONPATH": str(REPO)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.name = self.popen.stdout.readline().strip()

    def count(self, *words):
        for word in words:
            self.popen.stdin.write(f"{word}\n")
            self.popen.stdin.flush()
            assert self.popen.stdout.readline() == "done\n"

    def kill(self):
        self.popen.send_signal(signal.SIGKILL)
        self.popen.communicate()


@pytest.fixture
def start(tmp_path):
    started = []

    def begin(instance):
        started.append(Process(tmp_path / "metrics", instance))
        return started[-1]

    yield begin
    for process in started:
        process.kill()


def scraped(folder, facts=None):
    """Sample name and labels, by their names -> value."""
    text = render(facts, folder / "metrics").decode()
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_counters_of_all_processes_are_added_up_and_stay_when_one_is_killed(start, tmp_path):
    one, two = start("worker-1"), start("worker-2")
    one.count("upload", "step")
    two.count("upload", "upload", "step")
    one.kill()
    samples = scraped(tmp_path)
    assert samples["soniclayer_uploads_total",] == 3
    assert samples["soniclayer_stage_seconds_count", "transcribe"] == 2
    assert samples["soniclayer_stage_seconds_sum", "transcribe"] == 4
    assert samples["soniclayer_stage_seconds_bucket", "2.5", "transcribe"] == 2


def test_a_process_that_starts_again_counts_on(start, tmp_path):
    first = start("worker-1")
    first.count("upload", "upload")
    first.kill()
    second = start("worker-1")
    second.count("upload")
    assert second.name == "worker-1"
    assert scraped(tmp_path)["soniclayer_uploads_total",] == 3
    assert len(list((tmp_path / "metrics").glob("counter_*"))) == 1


def test_gauges_of_the_dead_vanish(start, tmp_path):
    one, two = start("backend"), start("backend")
    one.count("stream")
    two.count("stream", "stream")
    assert scraped(tmp_path)["soniclayer_event_streams",] == 3
    two.kill()
    assert scraped(tmp_path)["soniclayer_event_streams",] == 1
    again = start("backend")
    assert scraped(tmp_path)["soniclayer_event_streams",] == 1
    assert again.name == two.name


def test_when_a_step_was_last_done_is_known_after_the_worker_has_died_and_started_again(start, tmp_path):
    one, two = start("worker-1"), start("worker-2")
    one.count("step")
    first = scraped(tmp_path)["soniclayer_step_timestamp_seconds", "transcribe"]
    two.count("step")
    latest = scraped(tmp_path)["soniclayer_step_timestamp_seconds", "transcribe"]
    assert time.time() - 600 < first < latest <= time.time()
    one.kill()
    two.kill()
    assert scraped(tmp_path)["soniclayer_step_timestamp_seconds", "transcribe"] == latest
    start("worker-2")
    assert scraped(tmp_path)["soniclayer_step_timestamp_seconds", "transcribe"] == latest


def test_a_name_that_a_living_process_has_gets_a_number(start):
    assert [start("backend").name, start("backend").name, start("worker_1").name] == [
        "backend",
        "backend.2",
        "worker-1",
    ]


@pytest.mark.parametrize("damage", [b"", b"\xff" * 9000, b"\x40\x00\x00\x00"], ids=["empty", "garbage", "short"])
def test_a_damaged_file_costs_its_own_counts_alone(start, tmp_path, damage):
    start("worker-1").count("upload")
    (tmp_path / "metrics/counter_worker-2.db").write_bytes(damage)
    assert scraped(tmp_path)["soniclayer_uploads_total",] == 1
    start("worker-2").count("upload")
    assert scraped(tmp_path)["soniclayer_uploads_total",] == 2


def test_more_labels_than_the_space_that_was_taken(start, tmp_path):
    start("worker-1").count("many")
    assert scraped(tmp_path)["soniclayer_stage_failures_total", "code2999", "transcribe"] == 1


def test_a_disk_without_space_costs_the_metrics_and_nothing_else(small_disk):
    (small_disk / "filler").write_bytes(bytes(2**20 - 2**16))
    process = Process(small_disk / "metrics", "worker-1")
    process.count("upload", "step")
    process.kill()


def test_a_disk_that_fills_up_later_does_not_kill_who_counts(small_disk):
    process = Process(small_disk / "metrics", "worker-1")
    with (small_disk / "filler").open("wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(bytes(4096))
    process.count("some", "upload", "step")
    process.kill()


def test_without_start_counting_stays_in_memory(monkeypatch):
    monkeypatch.setattr(metrics, "_current", None)
    metrics.get().uploads_total.inc()
    assert b"soniclayer_uploads_total 1.0" in render()


def test_what_others_know_is_told_when_asked(tmp_path):
    queues = [QueueDepth("prepare", 3, 1, 12.5), QueueDepth("evaluate", 0, 0, None)]
    facts = Facts(
        redis_up=True,
        queues=queues,
        workers_alive=2,
        recordings={"completed": 7},
        redis_memory_bytes=1000,
        redis_max_memory_bytes=2000,
        store_free_bytes=2**40,
        store_size_bytes=2**41,
        certificate_expires_at=1_900_000_000.0,
        backup=Proof(ok=False, finished_at=200.0, succeeded_at=100.0),
        drill=Proof(ok=False, finished_at=300.0),
    )
    assert scraped(tmp_path, facts) == {
        ("soniclayer_info", __version__): 1,
        ("soniclayer_queue_depth", "prepare"): 3,
        ("soniclayer_queue_depth", "evaluate"): 0,
        ("soniclayer_queue_running", "prepare"): 1,
        ("soniclayer_queue_running", "evaluate"): 0,
        ("soniclayer_queue_oldest_age_seconds", "prepare"): 12.5,
        ("soniclayer_queue_oldest_age_seconds", "evaluate"): 0,
        ("soniclayer_workers_alive",): 2,
        ("soniclayer_recordings", "completed"): 7,
        ("soniclayer_redis_up",): 1,
        ("soniclayer_redis_memory_bytes",): 1000,
        ("soniclayer_redis_max_memory_bytes",): 2000,
        ("soniclayer_store_free_bytes",): 2**40,
        ("soniclayer_store_size_bytes",): 2**41,
        ("soniclayer_certificate_expiry_timestamp_seconds",): 1_900_000_000,
        ("soniclayer_backup_ok",): 0,
        ("soniclayer_backup_success_timestamp_seconds",): 100,
        ("soniclayer_drill_ok",): 0,
    }


def test_redis_away_is_a_fact_too(tmp_path):
    assert scraped(tmp_path, Facts()) == {("soniclayer_redis_up",): 0, ("soniclayer_info", __version__): 1}


def counted():
    """Name -> kind, labels, meaning; of every metric that processes count."""
    registry = CollectorRegistry()
    made = Metrics(registry)
    for attribute, metric in vars(made).items():
        assert metric._name.removesuffix("_total") == f"soniclayer_{attribute}".removesuffix("_total")
        yield f"soniclayer_{attribute}", type(metric).__name__.lower(), metric._labelnames, metric._documentation


def test_every_metric_has_its_row_in_the_docs():
    gauges = [(name, "gauge", labels, meaning) for name, (meaning, labels) in SCRAPED.items()]
    rows = {
        f"| `{name}` | {kind} | {', '.join(f'`{label}`' for label in labels)} | {meaning} |"
        for name, kind, labels, meaning in [*counted(), *gauges]
    }
    page = (REPO / "docs/metrics.md").read_text()
    assert set(re.findall(r"^\| `soniclayer_.*$", page, re.MULTILINE)) == rows
