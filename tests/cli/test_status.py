"""`soniclayer status` tells what is wrong first, and shows what can still be asked."""

from __future__ import annotations

import io
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from soniclayer.cli.status.facts import Disk, Facts, RedisFacts
from soniclayer.cli.status.page import age, page
from soniclayer.courier.courier import Memory
from soniclayer.courier.index import Entry
from soniclayer.courier.queue import QueueDepth
from soniclayer.courier.workers import Doing, WorkerReport
from soniclayer.main import main
from soniclayer.proof import Proof
from soniclayer.settings import load_settings

NOW = 1_000_000.0
AUDIO_ID = "ab" * 32
WORKER = WorkerReport(
    name="worker-1",
    host="radio",
    pid=7,
    version="0.1.0",
    queues=("prepare",),
    started_at=NOW - 100,
    ready=True,
    stopping=False,
    doing=(Doing(AUDIO_ID, "transcribe.0003", NOW - 75),),
    child_memory_bytes=412_000_000,
)
FAILED = Entry(AUDIO_ID, "r", "bad\x1b[2J.mp3", 1, "2026-01-01T00:00:00+00:00", "failed", 0.0, 2)
FACTS = Facts(
    version="0.1.0",
    asked_at=NOW,
    redis_url="unix:///run/redis.sock",
    uploads_dir=Path("/srv/uploads"),
    redis=RedisFacts(
        memory=Memory(5_000_000, 512_000_000),
        queues=(QueueDepth("prepare", 3, 1, 700.0), QueueDepth("evaluate", 0, 0, None)),
        put_off=2,
        workers=(WORKER,),
        recordings={"processing": 1, "completed": 7, "failed": 0},
        rebuilding=False,
        failed=(FAILED,),
        names={AUDIO_ID: "evening show.mp3"},
    ),
    open_recordings=1,
    disk=Disk(10**11, 10**12, 2 * 10**9),
    backup=Proof(ok=True, finished_at=NOW - 40_000, succeeded_at=NOW - 40_000),
    drill=None,
    faults=(),
)


def shown(facts):
    stream = io.StringIO()
    Console(file=stream, width=120, color_system=None).print(page(facts))
    return [line.rstrip() for line in stream.getvalue().splitlines()]


def test_the_page_names_queues_workers_failures_and_room():
    lines = shown(FACTS)
    assert "prepare         3        1  11 min 40 s" in lines
    assert "worker-1  radio  busy  1 min 15 s  412 MB  transcribe.0003 of evening show.mp3" in lines
    assert "1 processing   7 completed   1 not done yet" in lines
    assert "disk   100 GB of 1000 GB free   /srv/uploads" in lines
    assert "redis  5 MB of 512 MB used" in lines


def test_the_latest_backup_and_drill_stand_in_one_line():
    assert "backup 11 h 6 min ago   restore drill none yet" in shown(FACTS)
    failed = Proof(ok=False, finished_at=NOW - 600, succeeded_at=NOW - 700_000, error="the disk is full")
    lines = shown(replace(FACTS, backup=failed, drill=Proof(ok=False, finished_at=NOW - 60)))
    wanted = "backup failed 10 min ago, a good one 8 d 2 h ago   restore drill failed 1 min ago, never a good one"
    assert wanted in lines
    assert not any(line.startswith("backup") for line in shown(replace(FACTS, backup=None, drill=None)))


def test_nothing_in_a_name_steers_the_terminal():
    line = next(line for line in shown(FACTS) if line.startswith(AUDIO_ID[:12]))
    assert line.isprintable()


@pytest.mark.parametrize(
    ("worker", "word"),
    [
        (replace(WORKER, ready=False), "starting"),
        (replace(WORKER, stopping=True), "stopping"),
        (replace(WORKER, doing=()), "idle"),
    ],
)
def test_a_worker_is_starting_idle_or_stopping(worker, word):
    facts = replace(FACTS, redis=replace(FACTS.redis, workers=(worker,)))
    assert any(line.startswith(f"worker-1  radio  {word}") for line in shown(facts))


def test_what_is_wrong_stands_above_all_else():
    lines = shown(replace(FACTS, redis=None, faults=("Redis does not answer: no",)))
    assert lines[1] == "! Redis does not answer: no"
    assert not any("Queues" in line for line in lines)
    assert any(line.startswith("disk") for line in lines)


def test_redis_without_a_limit_is_told_so():
    unlimited = replace(FACTS.redis, memory=Memory(5_000_000, 0))
    assert "redis  5 MB used, no limit" in shown(replace(FACTS, redis=unlimited))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min 59 s"), (7500, "2 h 5 min"), (10**6, "11 d 13 h")],
)
def test_ages_are_for_people(seconds, text):
    assert age(seconds) == text


@pytest.fixture
def away(monkeypatch, tmp_path):
    monkeypatch.setenv("REDIS_URL", f"unix://{tmp_path}/nothing.sock")
    monkeypatch.setenv("SONICLAYER_UPLOADS_DIR", str(tmp_path / "uploads"))


@pytest.mark.usefixtures("away")
def test_redis_away_is_told_in_a_moment_and_by_the_exit_code(capsys):
    began = time.monotonic()
    assert main(["status", "--json"]) == 1
    assert time.monotonic() - began < 5
    facts = json.loads(capsys.readouterr().out)
    assert (facts["well"], facts["redis"], facts["open_recordings"]) == (False, None, 0)
    assert "Redis does not answer" in facts["faults"][0]


def test_a_queue_without_a_worker_is_a_fault(courier, redis_server, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("REDIS_URL", courier_url(courier))
    monkeypatch.setenv("SONICLAYER_UPLOADS_DIR", str(tmp_path))
    assert main(["status"]) == 1
    assert "! no worker takes from classify, transcribe.first, prepare, transcribe, evaluate" in capsys.readouterr().out


def courier_url(courier):
    facts = courier.client.connection_pool.connection_kwargs
    return f"unix://{facts['path']}?db={facts['db']}"


@pytest.mark.usefixtures("away")
def test_a_disk_that_is_nearly_full_is_a_fault(monkeypatch, capsys):
    monkeypatch.setenv("SONICLAYER_MIN_FREE_BYTES", str(10**18))
    assert main(["status"]) == 1
    assert "is nearly full: uploads are refused" in capsys.readouterr().out


@pytest.mark.usefixtures("away")
def test_a_backup_that_failed_is_a_fault(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("SONICLAYER_BACKUPS_DIR", str(tmp_path))
    result = {"ok": False, "finished_at": "2026-05-04T02:00:00Z", "error": "the disk is full"}
    (tmp_path / "last-backup.json").write_text(json.dumps(result))
    (tmp_path / "last-drill.json").write_text("{")
    assert main(["status"]) == 1
    told = capsys.readouterr().out
    assert "! the latest backup failed: the disk is full" in told
    assert "last-drill.json is no result file" in told


def test_a_recording_that_cannot_be_read_is_a_fault(courier, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("REDIS_URL", courier_url(courier))
    monkeypatch.setenv("SONICLAYER_UPLOADS_DIR", str(tmp_path))
    courier.note_reconciled({AUDIO_ID: "recording.json: damaged Recording"})
    assert main(["status"]) == 1
    assert f"! cannot be read: {AUDIO_ID}: recording.json: damaged Recording" in capsys.readouterr().out
    courier.note_reconciled()
    main(["status"])
    assert "cannot be read" not in capsys.readouterr().out


@pytest.mark.usefixtures("away")
def test_watching_needs_a_terminal(capsys):
    assert main(["status", "--watch"]) == 2
    assert "--json" in capsys.readouterr().err


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize("module", ["status.command", "reconcile"])
def test_where_nobody_said_which_redis_it_is_told_what_helps(module, monkeypatch, capsys):
    settings = load_settings()
    settings.model_fields_set.remove("redis_url")
    monkeypatch.setattr(f"soniclayer.cli.{module}.settings_here", lambda: settings)
    assert main([module.partition(".")[0]]) == 1
    told = " ".join("".join(capsys.readouterr()).split())  # a page folds long lines
    assert "Is the suite running (`soniclayer suite`)? Another Redis: REDIS_URL" in told


@pytest.mark.usefixtures("away")
def test_reconcile_without_redis_is_one_line(capsys):
    assert main(["reconcile"]) == 1
    assert capsys.readouterr().err.startswith("soniclayer: Redis does not answer")
