"""Which other sites' pages may call the API: none, unless SONICLAYER_CORS_ORIGINS names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

if TYPE_CHECKING:
    from soniclayer.settings import Settings

REQUEST_HEADERS = ("Content-Type", "If-None-Match", "Last-Event-ID", "Range", "X-API-Key", "X-Request-ID")
ANSWER_HEADERS = (
    "Content-Disposition",
    "Content-Range",
    "ETag",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Complete",
    "X-Request-ID",
)


def cors(settings: Settings) -> list[Middleware]:
    """The middleware that lets pages of `cors_origins` in; none without origins. Cookies never count for them."""
    if not settings.cors_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=REQUEST_HEADERS,
            expose_headers=ANSWER_HEADERS,
        )
    ]
