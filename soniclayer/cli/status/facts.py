"""How the suite is at this moment, as far as anybody can be asked."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from soniclayer import __version__
from soniclayer.cli.here import with_cure
from soniclayer.courier.courier import Memory
from soniclayer.courier.index import Entry
from soniclayer.courier.message import NEEDED_QUEUES
from soniclayer.courier.queue import QueueDepth
from soniclayer.courier.workers import WorkerReport
from soniclayer.errors import CourierAway, StoreError
from soniclayer.proof import BACKUP, DRILL, Proof, read_proof
from soniclayer.settings import without_password

if TYPE_CHECKING:
    from soniclayer.courier.courier import Courier
    from soniclayer.settings import Settings
    from soniclayer.storage.recordings import Recordings

LATEST = 5
"""So many of the latest recordings with failures are told."""


@dataclass(frozen=True)
class Disk:
    """Of the store, in bytes; below `least_free_bytes` uploads are refused."""

    free_bytes: int
    total_bytes: int
    least_free_bytes: int


@dataclass(frozen=True)
class RedisFacts:
    """What only Redis knows. `names` are those of the recordings that workers have in hand, by id.

    `unreadable` says why recordings cannot be read, by their ids.
    """

    memory: Memory
    queues: tuple[QueueDepth, ...]
    put_off: int
    workers: tuple[WorkerReport, ...]
    recordings: Mapping[str, int]
    rebuilding: bool
    failed: tuple[Entry, ...]
    names: Mapping[str, str]
    unreadable: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """`redis`, `open_recordings` or `disk` is None where nobody answered; `faults` says why, and what else is wrong.

    `backup` and `drill` are the latest ones; None where there was none yet, or it cannot be read.
    """

    version: str
    asked_at: float
    redis_url: str
    uploads_dir: Path
    redis: RedisFacts | None
    open_recordings: int | None
    disk: Disk | None
    backup: Proof | None
    drill: Proof | None
    faults: tuple[str, ...]


def gather(settings: Settings, recordings: Recordings, courier: Courier) -> Facts:
    """Ask everybody; who does not answer is a fault, and the others are told."""
    faults: list[str] = []
    redis, opened = _redis(settings, courier, faults), _open(recordings, faults)
    disk = _disk(settings, faults)
    backup = _proof(settings.backups_dir / BACKUP, "backup", faults)
    drill = _proof(settings.backups_dir / DRILL, "restore drill", faults)
    return Facts(
        version=__version__,
        asked_at=time.time(),
        redis_url=without_password(settings.redis_url),
        uploads_dir=settings.uploads_dir,
        redis=redis,
        open_recordings=opened,
        disk=disk,
        backup=backup,
        drill=drill,
        faults=tuple(faults),
    )


def _redis(settings: Settings, courier: Courier, faults: list[str]) -> RedisFacts | None:
    try:
        facts = _ask_redis(courier)
    except CourierAway as error:
        faults.append(with_cure(error, settings))
        return None
    ready = [worker for worker in facts.workers if worker.ready and not worker.stopping]
    unserved = [queue for queue in NEEDED_QUEUES if not any(queue in worker.queues for worker in ready)]
    if unserved:
        faults.append(f"no worker takes from {', '.join(unserved)}")
    if facts.unreadable:
        name, why = next(iter(facts.unreadable.items()))
        more = f" (and {len(facts.unreadable) - 1} more: soniclayer reconcile)" if len(facts.unreadable) > 1 else ""
        faults.append(f"cannot be read: {name}: {why}{more}")
    return facts


def _ask_redis(courier: Courier) -> RedisFacts:
    workers = tuple(courier.workers.alive())
    in_hand = {doing.audio_id for worker in workers for doing in worker.doing}
    entries = [entry for audio_id in in_hand if (entry := courier.index.get(audio_id))]
    failed = [
        entry
        for state in ("failed", "completed_with_errors")
        for entry in courier.index.page(state=state, limit=LATEST).entries
    ]
    return RedisFacts(
        memory=courier.memory(),
        queues=tuple(courier.queue.depths()),
        put_off=courier.queue.put_off_count(),
        workers=workers,
        recordings={str(state): count for state, count in courier.index.counts().items()},
        rebuilding=not courier.index.complete,
        failed=tuple(sorted(failed, key=lambda entry: entry.uploaded_at, reverse=True)[:LATEST]),
        names={entry.audio_id: entry.name for entry in entries},
        unreadable=courier.faults(),
    )


def _proof(path: Path, what: str, faults: list[str]) -> Proof | None:
    try:
        proof = read_proof(path)
    except StoreError as error:
        faults.append(str(error))
        return None
    if proof is not None and not proof.ok:
        faults.append(f"the latest {what} failed: {proof.error or 'its log says why'}")
    return proof


def _open(recordings: Recordings, faults: list[str]) -> int | None:
    try:
        return len(recordings.open_ids())
    except StoreError as error:
        faults.append(str(error))
        return None


def _disk(settings: Settings, faults: list[str]) -> Disk | None:
    folder = settings.uploads_dir
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        usage = shutil.disk_usage(folder)
    except OSError as error:
        faults.append(f"{folder}: {error.strerror}")
        return None
    if usage.free < settings.min_free_bytes:
        faults.append(f"the disk of {settings.uploads_dir} is nearly full: uploads are refused")
    return Disk(usage.free, usage.total, settings.min_free_bytes)
