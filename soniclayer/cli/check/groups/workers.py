"""The workers, by what they report to Redis."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from soniclayer import __version__
from soniclayer.cli.check.check import Check
from soniclayer.cli.check.facts.units import WORKERS, enabled_workers
from soniclayer.cli.check.outcome import Severity, fault, not_applicable, ok, several
from soniclayer.cli.status.page import age
from soniclayer.courier.message import NEEDED_QUEUES
from soniclayer.engines.confined.confine import lacks, may_use_gpu

if TYPE_CHECKING:
    from soniclayer.cli.check.outcome import Outcome
    from soniclayer.cli.check.place import Place

LONGEST_WAIT_S = 3600.0


def look_at_heartbeats(place: Place) -> Outcome:
    """As many as are enabled on this machine, and ready."""
    ready = {worker.name for worker in place.redis.workers if worker.ready and not worker.stopping}
    if place.installation is None:
        cure = "start the suite: soniclayer suite"
        return ok(f"{len(ready)} ready") if ready else fault("no worker reports, or none is ready", cure)
    host = socket.gethostname()
    enabled = [name.removeprefix(WORKERS).removesuffix(".service") for name in enabled_workers(place.machine)]
    if not enabled:
        cure = "systemctl enable --now soniclayer-worker@1"
        others = f"; {len(ready)} report from other machines" if ready else ""
        return fault(f"no worker is enabled here{others}", cure, Severity.WARNING if ready else None)
    silent = [number for number in enabled if f"{host}-{number}" not in ready]
    if silent:
        return fault(
            f"{len(silent)} of {len(enabled)} do not report, or are not ready: {several(silent)}",
            f"systemctl status soniclayer-worker@{silent[0]}; journalctl -u soniclayer-worker@{silent[0]} -n 50",
        )
    return ok(f"{len(enabled)} of {len(enabled)} report")


def look_at_queues(place: Place) -> Outcome:
    """Somebody takes from every queue that needs it."""
    ready = [worker for worker in place.redis.workers if worker.ready and not worker.stopping]
    unserved = [queue for queue in NEEDED_QUEUES if not any(queue in worker.queues for worker in ready)]
    if unserved:
        return fault(
            f"no worker takes from {several(unserved, 9)}", "start a worker without --queues, or one for these"
        )
    if place.redis.oldest_s > LONGEST_WAIT_S:
        cure = "more workers: systemctl enable --now soniclayer-worker@N; soniclayer status shows what waits"
        return fault(f"a message has waited for {age(place.redis.oldest_s)}", cure, Severity.WARNING)
    return ok(f"each of {len(NEEDED_QUEUES)} is served")


def look_at_versions(place: Place) -> Outcome:
    """On all machines."""
    workers = place.redis.workers
    if not workers:
        return not_applicable("no worker reports")
    other = [f"{worker.name} {worker.version}" for worker in workers if worker.version != __version__]
    if other:
        return fault(
            f"another version than {__version__}: {several(other)}", "systemctl restart soniclayer.target there"
        )
    return ok(f"all are {__version__}")


def look_at_confinement(place: Place) -> Outcome:
    """Their engine children, which read hostile bytes."""
    device = place.worker.whisper_device
    found = lacks(device)
    if not found:
        return ok("engine children reach nothing but code, models and recordings")
    if may_use_gpu(device):
        cure = "SONICLAYER_WHISPER_DEVICE=cpu in worker.env where strangers upload: docs/security.md"
        return fault(f"engine children go without {several(found)}", cure, Severity.ADVICE)
    return fault(f"engine children go without {several(found)}", "a kernel that has them: docs/security.md")


CHECKS = (
    Check("workers.heartbeats", "every enabled worker reports, and is ready", Severity.ERROR, look_at_heartbeats),
    Check("workers.queues", "every queue is worked off", Severity.ERROR, look_at_queues),
    Check("workers.versions", "all workers are of this version", Severity.WARNING, look_at_versions),
    Check("workers.confined", "what reads uploads is confined", Severity.WARNING, look_at_confinement),
)
