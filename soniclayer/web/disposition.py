"""Content-Disposition with a name that came from outside (RFC 6266, RFC 8187)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from soniclayer.export.plain import one_line
from soniclayer.web.asked import asked_switch

if TYPE_CHECKING:
    from starlette.requests import Request

_LONGEST = 150
_UNSAFE = re.compile(r'[^\x20-\x7e]|["%\\]')
"""In a quoted name for old clients: what they would read in different ways (RFC 6266, appendix D)."""


def disposition(request: Request, name: str, fallback: str) -> str:
    """The header: to be shown, or with `download=1` to be saved; under the last part of `name`, or `fallback`.

    Raises:
        Problem: `bad_query`.
    """
    kind = "attachment" if asked_switch(request, "download") else "inline"
    name = one_line(name.replace("\\", "/").rpartition("/")[2]).lstrip(". ")[-_LONGEST:] or fallback
    name = name.encode("utf-8", "replace").decode()
    return f"{kind}; filename=\"{_UNSAFE.sub('_', name)}\"; filename*=UTF-8''{quote(name, safe='')}"
