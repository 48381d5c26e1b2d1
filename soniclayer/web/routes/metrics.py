"""GET /metrics: for Prometheus on this machine; others need a key with the scope admin."""

from __future__ import annotations

import ipaddress
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.responses import Response

from soniclayer import metrics
from soniclayer.errors import CourierAway, StoreError
from soniclayer.proof import BACKUP, DRILL, Proof, read_proof
from soniclayer.web.auth import admit, services_of
from soniclayer.web.route import ApiRoute

if TYPE_CHECKING:
    from pathlib import Path
    from shutil import _ntuple_diskusage as DiskUsage  # noqa: N812 - its name in the stubs

    from starlette.requests import Request

    from soniclayer.web.services import Services

FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Real-IP")
"""A proxy adds one of them: whoever asks is somebody else."""


def get_metrics(request: Request) -> Response:
    """What all processes have counted, and how queues and disk are now."""
    if not _is_local(request):
        admit(request, "admin")
    metrics.note_scrape()
    return Response(metrics.render(_facts(services_of(request))), media_type=metrics.CONTENT_TYPE)


routes = [ApiRoute("/metrics", get_metrics, needs=None, limited=False)]


def _is_local(request: Request) -> bool:
    """Whether it comes over TCP from this machine, and not through a proxy."""
    if request.client is None or any(header in request.headers for header in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _facts(services: Services) -> metrics.Facts:
    settings, courier = services.settings, services.courier
    disk = _disk(settings.uploads_dir)
    here = metrics.Facts(
        store_free_bytes=disk.free if disk else None,
        store_size_bytes=disk.total if disk else None,
        certificate_expires_at=services.certificate.expires_at(),
        backup=_proof(settings.backups_dir / BACKUP),
        drill=_proof(settings.backups_dir / DRILL),
    )
    try:
        memory = courier.memory()
        return replace(
            here,
            redis_up=True,
            queues=courier.queue.depths(),
            workers_alive=courier.workers.count(),
            breakers=courier.breakers.states(),
            recordings=courier.index.counts(),  # type: ignore[arg-type]  # states are words
            redis_memory_bytes=memory.used_bytes,
            redis_max_memory_bytes=memory.limit_bytes,
        )
    except CourierAway:
        return here


def _disk(folder: Path) -> DiskUsage | None:
    try:
        return shutil.disk_usage(folder)
    except OSError:
        return None


def _proof(path: Path) -> Proof | None:
    """A result that cannot be read proves nothing."""
    try:
        return read_proof(path)
    except StoreError:
        return Proof(ok=False, finished_at=0.0)
