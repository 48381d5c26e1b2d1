"""Whatever is sent: no 500, no status that is not documented, no body or header that is not as documented."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from soniclayer.web.openapi.document import openapi_document
from soniclayer.web.routes import all_routes

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(openapi_document(all_routes()))
ENDLESS = "/events"
"""`test_reading_events.py` looks at it."""

NOT_READY = "/health/ready"
"""Says 503 where nobody works."""


FOLLOW = "/events/"
"""Goes on until the recording ends."""


@pytest.fixture
def ids(backend, tmp_path):
    """Of recordings that are finished, were never there, are cancelled, and wait."""
    cancelled = backend.upload(tmp_path)
    backend.post(f"/recordings/{cancelled}/cancel")
    return [backend.finished(tmp_path), "0" * 64, cancelled, backend.upload(tmp_path)]


@SCHEMA.exclude(path=ENDLESS).parametrize()
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_nothing_undocumented_is_answered(case, backend, ids):
    if "audio_id" in case.path_parameters:
        if case.path.startswith(FOLLOW):
            del ids[3:]
        case.path_parameters["audio_id"] = ids[0]
        ids.append(ids.pop(0))
    checks = [check for check in CHECKS if check is not not_a_server_error or case.path != NOT_READY]
    case.call_and_validate(base_url=backend.service.url, headers={"X-API-Key": backend.service.key}, checks=checks)
