"""The dashboard's files, for whoever opens the backend itself; on a server nginx sends them."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.routing import Match

import soniclayer
from soniclayer.web.reply import versioned
from soniclayer.web.route import ApiRoute

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Scope

FOLDER = Path(soniclayer.__file__).with_name("dashboard")
ROUTE = "(dashboard)"
"""What the log and the metrics call all its files."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "media-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy it works under; deploy/nginx/soniclayer.conf has the same."""

MEDIA_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".md": "text/plain",
    "": "text/plain",  # a LICENSE
}

_HEADERS = {
    "Cache-Control": "no-cache",  # asked for again each time, so that an upgrade is seen at once
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_PATH = re.compile(r"(/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,79}){1,5}")


class DashboardRoute(ApiRoute):
    """All its files, as they are at this moment; `/` is index.html. Behind a proxy's prefix there are none."""

    def __init__(self) -> None:
        super().__init__("/{file:path}", get_file, needs=None, limited=False)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """See Starlette; leaves to others what is no file of ours."""
        if scope["type"] != "http" or not _is_there(scope["path"]):
            return Match.NONE, {}
        match, child_scope = super().matches(scope)
        scope["soniclayer.route"] = ROUTE
        return match, child_scope


def get_file(request: Request) -> Response:
    """One of them."""
    file = FOLDER / (request.path_params["file"] or "index.html")
    body = file.read_bytes()
    version = hashlib.sha256(body).hexdigest()[:32]
    return versioned(request, version, body, media_type=MEDIA_TYPES[file.suffix], headers=_HEADERS)


def _is_there(path: str) -> bool:
    file = FOLDER / path[1:]
    return path == "/" or bool(_PATH.fullmatch(path) and file.suffix in MEDIA_TYPES and file.is_file())
