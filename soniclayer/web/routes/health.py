"""GET /health/live, /segments/health and /health/ready. They need no key, and tell nothing of recordings or places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.web.answers import Live
from soniclayer.web.auth import services_of
from soniclayer.web.problems import Problem, problem_response
from soniclayer.web.readiness import readiness
from soniclayer.web.reply import as_json
from soniclayer.web.route import ApiRoute

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


async def live(_: Request) -> Response:
    """Whether this process answers; it waits for nothing."""
    return as_json(Live())


def ready(request: Request) -> Response:
    """Whether uploads would be worked off now."""
    found = readiness(services_of(request))
    if found.ready:
        return as_json(found)
    failing = ", ".join(check.name for check in found.checks if not check.ok)
    checks = [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in found.checks]
    return problem_response(Problem("not_ready", f"Not well: {failing}", extra={"ready": False, "checks": checks}))


routes = [
    ApiRoute("/health/live", live, needs=None, limited=False),
    ApiRoute("/segments/health", live, needs=None, limited=False, name="segments_health"),
    ApiRoute("/health/ready", ready, needs=None, limited=False),
]
