"""Operations for those who run the service."""

from __future__ import annotations

from soniclayer.web.answers import Live, Readiness
from soniclayer.web.openapi.operation import TEXT, Answer, Operation, Operations, in_json

_TAG = "Service"


def _live(name: str, summary: str) -> Operation:
    return Operation(name, _TAG, summary, (Answer(200, "It does", in_json(Live)),))


OPERATIONS: Operations = {
    ("GET", "/health/live"): _live("live", "Whether this process answers"),
    ("GET", "/segments/health"): _live("segments_health", "The same, where it once was"),
    ("GET", "/health/ready"): Operation(
        "ready",
        _TAG,
        "Whether uploads would be worked off now",
        (Answer(200, "Everything is well", in_json(Readiness)),),
        "Redis answers, the store can be written, the disk has room, each queue has a worker, no message has waited "
        "for more than an hour. A 503 has the same `checks`. Uploads are accepted all the same, while there is room.",
        ("not_ready",),
    ),
    ("GET", "/metrics"): Operation(
        "get_metrics",
        _TAG,
        "Metrics in Prometheus' text format",
        (Answer(200, "Counted by all processes together", {"text/plain": TEXT}),),
        "Free for programs on the same machine that connect over TCP; through a proxy, or from elsewhere, it takes a "
        "key with the scope `admin`.",
        maybe_needs="admin",
    ),
    ("GET", "/openapi.json"): Operation(
        "get_openapi",
        _TAG,
        "This description",
        (Answer(200, "OpenAPI 3.1", in_json({"type": "object"})),),
        "In production it needs a key.",
        maybe_needs="read",
    ),
    ("GET", "/docs"): Operation(
        "get_docs",
        _TAG,
        "This description, as a page",
        (Answer(200, "It needs nothing from elsewhere", {"text/html": TEXT}),),
        "In production it needs a key, or a session.",
        maybe_needs="read",
    ),
}
