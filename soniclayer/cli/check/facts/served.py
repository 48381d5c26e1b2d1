"""The certificate that people get to see, and whether they trust it."""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from soniclayer.cli.check.facts.asking import reason, wrapped
from soniclayer.cli.check.machine import ANSWER_S
from soniclayer.cli.check.outcome import CannotKnow, NotHere

if TYPE_CHECKING:
    from soniclayer.cli.check.facts.site import Site
    from soniclayer.cli.check.machine import Machine
    from soniclayer.settings import Settings

SELF_SIGNED = frozenset({18, 19})
"""X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT and X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN of OpenSSL."""


@dataclass(frozen=True)
class Front:
    """Where the proxy in front of us is: `url` of the API, the `host` to ask for, and `at` HOST:PORT to connect to."""

    url: str
    host: str
    at: str


@dataclass(frozen=True)
class Served:
    """The certificate behind `front`, and why nobody trusts it (`distrust`); None: they do.

    `names_host` says whether it is one for that name; None: there is no name to ask for.
    """

    front: Front
    expires_at: float
    subject: str
    names_host: bool | None
    distrust: str | None
    self_signed: bool


def find_front(site: Site | None, settings: Settings) -> Front:
    """The proxy: nginx with our site, or the one that SONICLAYER_URL names.

    Raises:
        NotHere: there is neither.
    """
    if site is not None and site.tls_port:
        host = site.domain or "localhost"
        return Front(f"https://{host}/api", host, f"127.0.0.1:{site.tls_port}")
    parts = urlsplit(settings.url)
    if parts.scheme != "https" or not parts.hostname:
        raise NotHere("no proxy with TLS is known here: no site of ours in nginx, and SONICLAYER_URL names none")
    return Front(settings.url, parts.hostname, f"{parts.hostname}:{parts.port or 443}")


def look_at_certificate(front: Front, machine: Machine, *, named: bool) -> Served:
    """Ask for the certificate, and OpenSSL what it says.

    Raises:
        CannotKnow: nobody answers with TLS, or there is no openssl.
    """
    pem = _certificate(front)
    words = ["openssl", "x509", "-noout", "-enddate", "-subject"]
    told = machine.ask([*words, *(["-checkhost", front.host] if named else [])], pem)
    expires = re.search(r"notAfter=(\w+ +\d+ [\d:]+ \d+ GMT)", told.out)
    if not expires:
        raise CannotKnow(f"openssl cannot read the certificate: {told.err}")
    subject = re.search(r"^subject=(.*)", told.out, re.MULTILINE)
    distrust, code = _distrust(front)
    moment = datetime.strptime(expires[1], "%b %d %H:%M:%S %Y GMT").replace(tzinfo=timezone.utc)
    names_host = "does match certificate" in told.out if named else None
    return Served(
        front, moment.timestamp(), subject[1].strip() if subject else "", names_host, distrust, code in SELF_SIGNED
    )


def _certificate(front: Front) -> str:
    context = ssl._create_unverified_context()  # noqa: S323, SLF001 - it is to be looked at, whatever it is
    try:
        with _connect(front, context) as connection:
            data = connection.getpeercert(binary_form=True)
    except OSError as error:
        raise CannotKnow(f"nobody answers with TLS on {front.at}: {reason(error)}") from None
    if data is None:
        raise CannotKnow(f"{front.at} shows no certificate")
    return ssl.DER_cert_to_PEM_cert(data)


def _distrust(front: Front) -> tuple[str | None, int]:
    """Why this machine does not trust it, the name aside."""
    context = ssl.create_default_context()
    context.check_hostname = False
    try:
        _connect(front, context).close()
    except ssl.SSLCertVerificationError as error:
        return error.verify_message, error.verify_code
    except OSError as error:
        raise CannotKnow(f"nobody answers with TLS on {front.at}: {reason(error)}") from None
    return None, 0


def _connect(front: Front, context: ssl.SSLContext) -> ssl.SSLSocket:
    host, _, port = front.at.rpartition(":")
    return wrapped(socket.create_connection((host, int(port)), timeout=ANSWER_S), context, front.host)
