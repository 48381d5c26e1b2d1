"""Every metric there is, in one list: `Metrics` counts in the processes, `SCRAPED` is asked for when somebody looks.

Each process writes into files of its own below one folder, named by instance (`worker-1`) and not by pid, so that
counters go on when it starts again and no file is left for every process that ever was. `render` reads the files of
all. Before `start`, and in programs that never call it, counting happens in memory and is seen by nobody.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from soniclayer import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
    from prometheus_client.core import Metric

CONTENT_TYPE = "text/plain; version=1.0.0; charset=utf-8"
"""Of what `render` gives."""

STAGE_BUCKETS_S = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320)
REQUEST_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
CALL_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160)
FACTOR_BUCKETS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)

SCRAPED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "soniclayer_info": ("1; its label says which release serves", ("version",)),
    "soniclayer_queue_depth": ("Messages that wait in a queue", ("queue",)),
    "soniclayer_queue_running": ("Messages of a queue that workers have in hand", ("queue",)),
    "soniclayer_queue_oldest_age_seconds": ("How long the oldest message of a queue has waited", ("queue",)),
    "soniclayer_workers_alive": ("Workers that reported within the last 10 s", ()),
    "soniclayer_recordings": ("Recordings in each state", ("state",)),
    "soniclayer_langflow_breaker_open": ("1 while a flow is left alone, 0.5 while it is tried again", ("flow",)),
    "soniclayer_redis_up": ("1 when Redis answers, 0 when it does not", ()),
    "soniclayer_redis_memory_bytes": ("Memory that Redis uses", ()),
    "soniclayer_redis_max_memory_bytes": ("Memory that Redis may use, 0 without a limit", ()),
    "soniclayer_store_free_bytes": ("Free space on the disk of the store", ()),
    "soniclayer_store_size_bytes": ("Size of the disk of the store", ()),
    "soniclayer_certificate_expiry_timestamp_seconds": (
        "Until when the certificate is good that nginx shows, as Unix time",
        (),
    ),
    "soniclayer_backup_ok": ("1 when the latest backup went well, 0 when it did not", ()),
    "soniclayer_backup_success_timestamp_seconds": ("When a backup last went well, as Unix time", ()),
    "soniclayer_drill_ok": ("1 when the latest restore drill went well, 0 when it did not", ()),
    "soniclayer_drill_success_timestamp_seconds": ("When a restore drill last went well, as Unix time", ()),
}
"""Gauges that nobody keeps: name -> meaning and labels."""

_FILE_BYTES = 2**18
"""Space of each file, taken when it is made: on a disk that is full later, writing to it goes on."""

_SCRAPED_AT = "scraped"
"""An empty file; its time is that of the last scrape."""

_BREAKER_OPEN = {"closed": 0.0, "half_open": 0.5, "open": 1.0}

_KINDS = ("counter", "histogram", "gauge_livesum", "gauge_max")
_LIVE = "gauge_live"
"""Begins the kinds that count while a process lives, and not longer."""

_FILE_NAME = re.compile(r"(gauge_[a-z]+|[a-z]+)_(.+)\.db")


class Metrics:
    """What processes count. An attribute is called like its metric, without `soniclayer_`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        from prometheus_client import Counter, Gauge, Histogram  # noqa: PLC0415 - `start` comes before its import

        def counter(name: str, meaning: str, *labels: str) -> Counter:
            return Counter(f"soniclayer_{name}", meaning, labels, registry=registry)

        def histogram(name: str, meaning: str, buckets: Sequence[float], *labels: str) -> Histogram:
            return Histogram(f"soniclayer_{name}", meaning, labels, buckets=buckets, registry=registry)

        def gauge(name: str, meaning: str, *labels: str) -> Gauge:
            return Gauge(f"soniclayer_{name}", meaning, labels, registry=registry, multiprocess_mode="livesum")

        self.uploads_total = counter("uploads_total", "Uploads that became recordings")
        self.uploads_known_total = counter("uploads_known_total", "Uploads of bytes that were there already")
        self.uploads_refused_total = counter("uploads_refused_total", "Uploads that were not taken", "code")
        self.upload_bytes_total = counter("upload_bytes_total", "Bytes of uploads that were read to their end")
        self.http_requests_total = counter(
            "http_requests_total", "HTTP requests by route (as the API names it)", "method", "route", "status"
        )
        self.http_request_seconds = histogram(
            "http_request_seconds", "Time from a request's first byte to its answer's last", REQUEST_BUCKETS_S, "route"
        )
        self.event_streams = gauge("event_streams", "Open SSE streams")
        self.stage_seconds = histogram("stage_seconds", "Time of a step that was done", STAGE_BUCKETS_S, "stage")
        self.step_timestamp_seconds = Gauge(
            "soniclayer_step_timestamp_seconds",
            "When a step was last done, as Unix time",
            ("stage",),
            registry=registry,
            multiprocess_mode="max",
        )
        self.stage_failures_total = counter("stage_failures_total", "Steps that were given up", "stage", "code")
        self.transcription_seconds = histogram(
            "transcription_seconds", "Time to transcribe one window", STAGE_BUCKETS_S
        )
        self.real_time_factor = histogram(
            "real_time_factor", "Time to transcribe one window, as a share of its length", FACTOR_BUCKETS
        )
        self.audio_seconds_total = counter("audio_seconds_total", "Seconds of audio that were transcribed")
        self.windows_rerun_total = counter(
            "windows_rerun_total", "Steps of windows that ran again because the engine died at them", "stage"
        )
        self.engine_deaths_total = counter("engine_deaths_total", "Engine children that died or were killed", "code")
        self.segments_total = counter("segments_total", "Segments that were cut")
        self.suspicious_segments_total = counter("suspicious_segments_total", "Segments marked as suspicious")
        self.evaluations_total = counter(
            "evaluations_total", "Evaluations that are final, by where they came from", "source"
        )
        self.provisional_evaluations_total = counter(
            "provisional_evaluations_total", "Evaluations by the rules that stood in for a Langflow at first"
        )
        self.langflow_calls_total = counter(
            "langflow_calls_total", "Calls to Langflow, and those that an open breaker kept back", "flow", "outcome"
        )
        self.langflow_call_seconds = histogram(
            "langflow_call_seconds", "Time of a call to Langflow, whatever came of it", CALL_BUCKETS_S, "flow"
        )
        self.steps_running = gauge("steps_running", "Steps that workers have in hand", "stage")


class QueueFacts(Protocol):
    """What is told of one queue; courier.queue.QueueDepth is one."""

    @property
    def queue(self) -> str:
        """Its name."""

    @property
    def waiting(self) -> int:
        """Messages in it."""

    @property
    def running(self) -> int:
        """Messages in hand."""

    @property
    def oldest_age_s(self) -> float | None:
        """How long the oldest has waited, in seconds; None in an empty queue."""


class ProofFacts(Protocol):
    """What became of the latest backup or drill; proof.Proof is one."""

    @property
    def ok(self) -> bool:
        """Whether it went well."""

    @property
    def succeeded_at(self) -> float | None:
        """When one last went well, as Unix time in seconds."""


@dataclass(frozen=True)
class Facts:
    """What others know at this moment: Redis, disks, nginx. None, or nothing in it, where nobody could be asked."""

    redis_up: bool = False
    queues: Sequence[QueueFacts] = ()
    workers_alive: int | None = None
    recordings: Mapping[str, int] | None = None
    breakers: Mapping[str, str] | None = None
    redis_memory_bytes: int | None = None
    redis_max_memory_bytes: int | None = None
    store_free_bytes: int | None = None
    store_size_bytes: int | None = None
    certificate_expires_at: float | None = None
    backup: ProofFacts | None = None
    drill: ProofFacts | None = None


def start(folder: Path, instance: str) -> str:
    """Count in files of this folder from now on; the name they carry.

    Call it once in a process, before the first `get` and after the last fork. Where another living process has the
    instance's name, a number is added: `backend.2`. Where the folder cannot be written, or has no space left, counting
    stays in memory: metrics are no reason not to work.
    """
    global _current  # noqa: PLW0603 - as it says: once in a process
    try:
        lock, name = _take_name(folder, instance.replace("_", "-"))
    except OSError:
        return instance
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    from prometheus_client import values  # noqa: PLC0415 - reads the environment at import

    values.ValueClass = values.MultiProcessValue(process_identifier=lambda: name)  # type: ignore[no-untyped-call]
    _current = _Current(folder, lock)
    return name


def get() -> Metrics:
    """The metrics of this process."""
    return _get().metrics


def render(facts: Facts | None = None, folder: Path | None = None) -> bytes:
    """Everything that all processes of the folder have counted, and the facts, in Prometheus' text format.

    Args:
        facts: what is known at this moment.
        folder: of the files; default: the one this process has started with. Without either, its own memory.
    """
    from prometheus_client import CollectorRegistry  # noqa: PLC0415 - as above
    from prometheus_client.exposition import generate_latest  # noqa: PLC0415

    folder = folder or _get().folder
    registry = CollectorRegistry()
    registry.register(_Files(folder) if folder else _get().registry)
    registry.register(_Scraped(facts or Facts()))
    return generate_latest(registry)


def note_scrape() -> None:
    """Write down that somebody has fetched the metrics, just now."""
    folder = _get().folder
    with contextlib.suppress(OSError):  # metrics are no reason not to work
        if folder:
            (folder / _SCRAPED_AT).touch()


def last_scrape(folder: Path) -> float | None:
    """When somebody fetched the metrics of this folder last, as Unix time; None: nobody has.

    Raises:
        OSError: it cannot be looked at.
    """
    try:
        return (folder / _SCRAPED_AT).stat().st_mtime
    except FileNotFoundError:
        return None


def gone(folder: Path, max_age_s: float) -> list[str]:
    """The instances that nobody runs, and whose files have not been written to for so long."""
    oldest = time.time() - max_age_s
    written: dict[str, float] = {}
    for path in folder.glob("*.db"):
        if kind := _FILE_NAME.match(path.name):
            with contextlib.suppress(FileNotFoundError):
                written[kind[2]] = max(written.get(kind[2], 0.0), path.stat().st_mtime)
    return sorted(name for name, at in written.items() if at < oldest and not _is_alive(folder, name))


def forget(folder: Path, instance: str) -> bool:
    """Remove what an instance has counted, and so from all sums; False when it has started meanwhile."""
    with _lock_file(folder, instance).open("ab") as lock:  # it stays: who starts now has it open
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        for kind in _KINDS:
            (folder / f"{kind}_{instance}.db").unlink(missing_ok=True)
    return True


class _Current:
    """What this process counts with: `folder`, and the lock that says we live, or its own memory."""

    def __init__(self, folder: Path | None = None, lock: BinaryIO | None = None) -> None:
        from prometheus_client import CollectorRegistry  # noqa: PLC0415 - 40 ms, for those who count

        self.registry = CollectorRegistry()
        self.metrics = Metrics(self.registry)
        self.folder = folder
        self.lock = lock


_current: _Current | None = None


def _get() -> _Current:
    global _current  # noqa: PLW0603 - made when first needed: nothing happens at import
    if _current is None:
        _current = _Current()
    return _current


def _take_name(folder: Path, instance: str) -> tuple[BinaryIO, str]:
    """Take the first free name, and see to its files; the lock is held as long as the process lives."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    for number in range(1, 1000):
        name = instance if number == 1 else f"{instance}.{number}"
        lock = _lock_file(folder, name).open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        for kind in _KINDS:
            _prepare_file(folder / f"{kind}_{name}.db")
        return lock, name
    raise OSError(f"{folder}: all names of {instance} are taken")


def _prepare_file(path: Path) -> None:
    """Drop what cannot be read, and what counted in the life before alone; take the space that the file may need."""
    if path.name.startswith(_LIVE) or not _is_readable(path):
        path.unlink(missing_ok=True)
    with path.open("ab") as file:
        if file.tell() == 0:
            os.posix_fallocate(file.fileno(), 0, _FILE_BYTES)


def _lock_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.lock"


def _is_alive(folder: Path, name: str) -> bool:
    try:
        with _lock_file(folder, name).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _is_readable(path: Path) -> bool:
    """Whether a file holds values, or is new; not while it is being made."""
    from prometheus_client.mmap_dict import MmapedDict  # noqa: PLC0415 - as above

    try:
        with path.open("rb") as file:
            (used,) = struct.unpack("i", file.read(4))
        if 0 <= used <= path.stat().st_size:  # 0: new
            list(MmapedDict.read_all_values_from_file(str(path)))  # type: ignore[no-untyped-call]
            return True
    except (OSError, ValueError, RuntimeError, struct.error):
        pass
    return False


class _Files:
    """All files of a folder that can be read; those that count while a process lives, of those who live."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        """See prometheus_client's Collector."""
        from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415 - as above

        with contextlib.suppress(FileNotFoundError):  # a gauge's file went between our look and theirs
            files = [str(path) for path in self._readable()]
            return list(MultiProcessCollector.merge(files))  # type: ignore[no-untyped-call]
        return self.collect()

    def _readable(self) -> Iterator[Path]:
        for path in sorted(self._folder.glob("*.db")):
            kind = _FILE_NAME.match(path.name)
            if kind and (not kind[1].startswith(_LIVE) or _is_alive(self._folder, kind[2])) and _is_readable(path):
                yield path


class _Scraped:
    """The facts as gauges."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client's Collector."""
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - as above

        for name, samples in self._samples().items():
            meaning, labels = SCRAPED[name]
            family = GaugeMetricFamily(name, meaning, labels=labels)
            for label, value in samples.items():
                if value is not None:
                    family.add_metric([label] if labels else [], value)
            if family.samples:
                yield family

    def _samples(self) -> dict[str, dict[str, float | None]]:
        facts = self._facts
        return {
            "soniclayer_info": {__version__: 1.0},
            "soniclayer_queue_depth": {queue.queue: queue.waiting for queue in facts.queues},
            "soniclayer_queue_running": {queue.queue: queue.running for queue in facts.queues},
            "soniclayer_queue_oldest_age_seconds": {queue.queue: queue.oldest_age_s or 0.0 for queue in facts.queues},
            "soniclayer_workers_alive": {"": facts.workers_alive},
            "soniclayer_recordings": dict(facts.recordings or {}),
            "soniclayer_langflow_breaker_open": {
                flow: _BREAKER_OPEN.get(state) for flow, state in (facts.breakers or {}).items()
            },
            "soniclayer_redis_up": {"": float(facts.redis_up)},
            "soniclayer_redis_memory_bytes": {"": facts.redis_memory_bytes},
            "soniclayer_redis_max_memory_bytes": {"": facts.redis_max_memory_bytes},
            "soniclayer_store_free_bytes": {"": facts.store_free_bytes},
            "soniclayer_store_size_bytes": {"": facts.store_size_bytes},
            "soniclayer_certificate_expiry_timestamp_seconds": {"": facts.certificate_expires_at},
            "soniclayer_backup_ok": {"": _ok(facts.backup)},
            "soniclayer_backup_success_timestamp_seconds": {"": _succeeded_at(facts.backup)},
            "soniclayer_drill_ok": {"": _ok(facts.drill)},
            "soniclayer_drill_success_timestamp_seconds": {"": _succeeded_at(facts.drill)},
        }


def _ok(proof: ProofFacts | None) -> float | None:
    return None if proof is None else float(proof.ok)


def _succeeded_at(proof: ProofFacts | None) -> float | None:
    return None if proof is None else proof.succeeded_at
