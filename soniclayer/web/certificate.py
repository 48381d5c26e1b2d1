"""Until when the certificate is good that people get to see: nginx on this machine is asked, as a browser would.

Not its file: that is for root alone, and what nginx serves may be an older one, if nobody told it of the new one.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from datetime import datetime, timezone
from pathlib import Path

SITE = Path("/etc/nginx/sites-enabled/soniclayer.conf")
"""What the installer made, and others may have edited: its name and port count."""

ASK_AGAIN_S = 60.0
ANSWER_S = 1.0
"""Whoever scrapes is not kept waiting for an nginx that hangs, and that once a minute."""

_VERSION, _UTC_TIME = 0xA0, 0x17
"""Tags of DER: of an element of its own at the front, and of a moment with two digits of the year."""

_LISTEN = re.compile(r"^\s*listen\s+(?:\S*:)?(\d+)\s[^;]*\bssl\b", re.MULTILINE)
_NAME = re.compile(r"^\s*server_name\s+(?:\"?~\^)?([A-Za-z0-9.\\-]+)", re.MULTILINE)


class Certificate:
    """Asks at most once a minute. Safe to share between threads."""

    def __init__(self, site: Path = SITE) -> None:
        self._site = site
        self._asking = threading.Lock()
        self._asked_s: float | None = None
        self._expires_at: float | None = None

    def expires_at(self) -> float | None:
        """Unix time in seconds; None: there is no site of ours in nginx, or nobody answers there."""
        with self._asking:
            if self._asked_s is None or time.monotonic() - self._asked_s > ASK_AGAIN_S:
                self._expires_at = _ask(self._site)
                self._asked_s = time.monotonic()
            return self._expires_at


def expiry_of(certificate: bytes) -> float:
    """Until when a certificate in DER is good, as Unix time in seconds: RFC 5280, 4.1.

    Raises:
        ValueError: it is none.
    """
    _, whole, _ = _element(certificate)
    _, facts, _ = _element(whole)
    tag, _, rest = _element(facts)
    if tag == _VERSION:  # where it is not the first
        _, _, rest = _element(rest)  # the serial number
    _, _, rest = _element(rest)  # how it is signed
    _, _, rest = _element(rest)  # by whom
    _, validity, _ = _element(rest)
    _, _, rest = _element(validity)
    tag, moment, _ = _element(rest)
    text = moment.decode("ascii")
    if tag == _UTC_TIME:  # 50 and above are those of the last century
        text = f"{19 if text >= '5' else 20}{text}"
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()


def _ask(site: Path) -> float | None:
    try:
        text = site.read_text("utf-8", "replace")
        port = _LISTEN.search(text)
        name = _NAME.search(text, port.end()) if port else None
        if port is None:
            return None
        shown = _shown(int(port[1]), name[1].replace("\\", "") if name else "localhost")
        return expiry_of(shown) if shown else None
    except (OSError, ValueError):
        return None


def _shown(port: int, name: str) -> bytes | None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # it is to be looked at, whatever it is
    with (
        socket.create_connection(("127.0.0.1", port), timeout=ANSWER_S) as plain,
        context.wrap_socket(plain, server_hostname=name) as connection,
    ):
        return connection.getpeercert(binary_form=True)


def _element(data: bytes) -> tuple[int, bytes, bytes]:
    """Tag, contents, and what follows, of the first element of DER (X.690, 8.1)."""
    if len(data) < 2:  # noqa: PLR2004 - tag and length
        raise ValueError("the certificate is cut short")
    start, length = 2, data[1]
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[2:start], "big")
    if len(data) < start + length:
        raise ValueError("the certificate is cut short")
    return data[0], data[start : start + length], data[start + length :]
