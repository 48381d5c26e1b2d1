"""GET /openapi.json and /docs: in production they need a key, like the rest."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, JSONResponse

from soniclayer.web.auth import admit, services_of
from soniclayer.web.openapi.document import openapi_document
from soniclayer.web.openapi.page import docs_page
from soniclayer.web.route import ApiRoute
from soniclayer.web.routes import all_routes

if TYPE_CHECKING:
    from typing import Any

    from starlette.requests import Request
    from starlette.responses import Response


def get_openapi(request: Request) -> Response:
    """The description, for programs."""
    _admit(request)
    return JSONResponse(_document(_prefix(request)))


def get_docs(request: Request) -> Response:
    """The description, for people."""
    _admit(request)
    page, policy = docs_page(_document(_prefix(request)), str(request.base_url).rstrip("/"))
    return HTMLResponse(page, headers={"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff"})


routes = [
    ApiRoute("/openapi.json", get_openapi, needs=None, limited=False),
    ApiRoute("/docs", get_docs, needs=None, limited=False),
]


def _admit(request: Request) -> None:
    production = services_of(request).settings.environment == "production"
    admit(request, "read" if production else None)


@lru_cache(maxsize=4)
def _document(prefix: str) -> dict[str, Any]:
    return openapi_document(all_routes(), prefix)


def _prefix(request: Request) -> str:
    prefix: str = request.scope.get("root_path", "")
    return prefix
