"""The parts of the benchmark that measure the service: real Redis, real gunicorn, real workers."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.bare_server import bare_server
from bench.contestants import MODEL, Contestants
from bench.figures import figure
from bench.http_load import requests_per_s, upload_s
from bench.parts import best_batch
from fake_engine import FakeEngine
from queue_worker import work_queues
from redis_server import RedisServer
from samples import take_in
from service import running_service, wait_until

from soniclayer.courier.index import Entry
from soniclayer.jobs.advance import advance
from soniclayer.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.broadcast import Recording
    from bench.parts import Measured
    from service import Service

    Tell = Callable[[str], None]

UPLOAD_BYTES = 400 * 2**20
MANY = 100_000
HOUR_WINDOWS = 180
"""Windows of the made-up engine last 20 s."""

CHUNK_BYTES = 2**20
PAGES = 50


def backend(runs: int, folder: Path, tell: Tell) -> Measured:
    """The backend without any worker: start, memory, uploads, reading."""
    with _service(folder / "backend", workers=0, SONICLAYER_BACKEND_WORKERS="1") as service:
        ready_s = _ready_s(service, runs)
        tell(f"backend: ready in {ready_s} s")
        uploads = _uploads(service, folder, runs)
        tell(f"backend: uploads against a bare loop: {uploads}")
        segments = _segments(service, folder, runs)
        tell(f"backend: segments against a bare route: {segments}")
        pages_s = _pages(service)
        memory_bytes = max(_memory_bytes(pid) for pid in service.children("backend"))
    values = {
        "backend_ready_s": median(ready_s),
        "backend_bytes": memory_bytes,
        "upload_vs_bare": median(uploads),
        "segments_vs_bare": median(segments),
        "list_page_s": median(pages_s),
    }
    raw = {"ready_s": ready_s, "uploads": uploads, "segments": segments, "pages_s": pages_s}
    return {name: figure(name, value) for name, value in values.items()}, raw


def steps(runs: int, folder: Path, tell: Tell) -> Measured:
    """What a step costs beside its engine: an hour of windows with an engine that takes no time."""
    each_s = []
    for number in range(runs):
        with _service(folder / f"steps-{number}", workers=0) as service, service.courier() as courier:
            run = take_in(service.store)
            advance(service.recordings, courier, run)
            started_s = time.monotonic()
            done = work_queues(service.recordings, courier, FakeEngine(windows=HOUR_WINDOWS))
            each_s.append(round((time.monotonic() - started_s) / len(done), 5))
        tell(f"steps: {1000 * each_s[-1]:.1f} ms each")
    return {"step_s": figure("step_s", median(each_s))}, {"step_s": each_s}


def suite(recording: Recording, runs: int, folder: Path, tell: Tell) -> Measured:
    """A warm suite with two workers against the bare limit, and against one worker."""
    contestants = Contestants(recording.audio, folder)
    batch, _ = best_batch(contestants, tell)
    one_s, two_s, limit_s = [], [], []
    for number in range(runs):
        limit_s.append(contestants.limit(batch).took.wall_s)
        one_s.append(_suite_s(recording.audio, folder / f"one-{number}", workers=1))
        two_s.append(_suite_s(recording.audio, folder / f"two-{number}", workers=2))
        tell(f"suite: bare limit {limit_s[-1]:.1f} s, two workers {two_s[-1]:.1f} s, one worker {one_s[-1]:.1f} s")
    values = {
        "two_workers_vs_one": median(one / two for one, two in zip(one_s, two_s, strict=True)),
        "suite_vs_limit": median(limit / two for limit, two in zip(limit_s, two_s, strict=True)),
    }
    raw = {"limit_s": limit_s, "one_worker_s": one_s, "two_workers_s": two_s}
    return {name: figure(name, value) for name, value in values.items()}, raw


@contextmanager
def _service(folder: Path, workers: int, **settings: str) -> Iterator[Service]:
    redis = RedisServer(appendfsync="everysec")  # as `soniclayer suite` has it
    with running_service(folder, load_settings().models_dir, workers, redis, **settings) as service:
        yield service


def _ready_s(service: Service, runs: int) -> list[float]:
    found = []
    for _ in range(runs):
        service.kill("backend", signal.SIGTERM)
        started_s = time.monotonic()
        service.start("backend")
        service.wait_ready()
        found.append(round(time.monotonic() - started_s, 3))
    return found


def _uploads(service: Service, folder: Path, runs: int) -> list[float]:
    """Times of a bare loop over those of uploads; every upload has other bytes."""
    ratios = []
    for number in range(runs):
        path = folder / f"upload-{number}.wav"
        _write_big_wav(path, number)
        bare_s = _bare_loop_s(path, folder / "copy")
        ratios.append(round(bare_s / upload_s(service.url, service.key, path), 3))
        path.unlink()
    return ratios


def _write_big_wav(path: Path, seed: int) -> None:
    block = hashlib.sha256(str(seed).encode()).digest() * (CHUNK_BYTES // 32)
    size = UPLOAD_BYTES.to_bytes(4, "little")
    with path.open("wb") as file:
        file.write(b"RIFF" + size + b"WAVEfmt \x10\0\0\0\1\0\1\0\x80>\0\0\0}\0\0\2\0\x10\0data" + size)
        for _ in range(UPLOAD_BYTES // CHUNK_BYTES):
            file.write(block)


def _bare_loop_s(source: Path, target: Path) -> float:
    started_s = time.monotonic()
    digest = hashlib.sha256()
    with source.open("rb") as reader, target.open("wb") as writer:
        while chunk := reader.read(CHUNK_BYTES):
            digest.update(chunk)
            writer.write(chunk)
        writer.flush()
        os.fsync(writer.fileno())
    took_s = time.monotonic() - started_s
    target.unlink()
    return took_s


def _segments(service: Service, folder: Path, runs: int) -> list[float]:
    """Requests a second of a finished hour's segments over those of a route that returns the same bytes."""
    with service.courier() as courier:
        run = take_in(service.store, b"an hour")
        advance(service.recordings, courier, run)
        work_queues(service.recordings, courier, FakeEngine(windows=HOUR_WINDOWS))
    path = f"/segments/{run.recording.audio_id}"
    body = folder / "segments.json"
    body.write_bytes(service.get(path).content)
    ratios = []
    with bare_server(body) as bare_url:
        for _ in range(runs):
            ours = requests_per_s(f"{service.url}{path}", service.key)
            ratios.append(round(ours / requests_per_s(bare_url, service.key), 3))
    return ratios


def _pages(service: Service) -> list[float]:
    """How long pages of a list of MANY recordings take."""
    entry = Entry("", "0" * 16, "", 1, "2026-01-01T00:00:00+00:00", "completed", 60.0)
    with service.courier() as courier:
        for number in range(MANY):
            audio_id = hashlib.sha256(str(number).encode()).hexdigest()
            courier.index.put(replace(entry, audio_id=audio_id, name=f"broadcast {number}.flac"))
    times_s = []
    for number in range(PAGES):
        started_s = time.monotonic()
        answer = service.get("/recordings", params={"limit": 50, "offset": number * 50})
        times_s.append(round(time.monotonic() - started_s, 4))
        assert len(answer.json()["recordings"]) == PAGES
    return times_s


def _memory_bytes(pid: int) -> int:
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _suite_s(audio: Path, folder: Path, workers: int) -> float:
    """From the start of the upload to the summary, workers warm."""
    with _service(folder, workers, SONICLAYER_WHISPER_MODEL=MODEL) as service:
        with service.courier() as courier:
            wait_until(lambda: sum(one.ready for one in courier.workers.alive()) == workers, 120, service.told)
        started_s = time.monotonic()
        audio_id = service.upload(audio)
        service.wait_ended([audio_id], 1200)
        return round(time.monotonic() - started_s, 3)
