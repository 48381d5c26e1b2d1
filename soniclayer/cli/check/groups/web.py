"""The way in: the backend, the proxy in front of it, its certificate and its limits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from soniclayer.cli.check.check import Check
from soniclayer.cli.check.facts.asking import NoAnswer, ask
from soniclayer.cli.check.outcome import Severity, fault, not_applicable, ok, unknown
from soniclayer.cli.status.page import age
from soniclayer.models.progress import size_text

if TYPE_CHECKING:
    from soniclayer.cli.check.facts.asking import Page
    from soniclayer.cli.check.outcome import Outcome
    from soniclayer.cli.check.place import Place

FEW_DAYS, LAST_DAYS = 21, 3
DAY_S = 86_400
ENVELOPE_BYTES = 2**20
"""A request is a little larger than the file in it."""

MOST_PER_SECOND, MOST_UPLOADS_PER_MINUTE = 1000, 600
"""Settings beyond that limit nobody."""

HTTP_OK = 200
REDIRECTS = frozenset({301, 302, 307, 308})
BAD_GATEWAY = frozenset({502, 503, 504})
RELOAD = "nginx -t && systemctl reload nginx"


def look_at_backend(place: Place) -> Outcome:
    """Whether it answers, and would work off an upload now."""
    cure = "systemctl status soniclayer-backend; journalctl -u soniclayer-backend -n 50"
    try:
        page = _ask_backend(place, "/health/ready")
    except NoAnswer as error:
        return fault(str(error), cure if place.installation else "start the suite: soniclayer suite")
    if page.status != HTTP_OK:
        return fault(
            f"the backend answers {page.status}: {_not_ready(page)}", "see the other faults here, then " + cure
        )
    return ok("ready")


def look_at_proxy(place: Place) -> Outcome:
    """Whether people reach us through it, over TLS."""
    front = place.front
    cure = "systemctl status nginx; nginx -t; /var/log/nginx/error.log"
    try:
        page = ask(f"{front.url}/health/live", at=front.at, host=front.host)
    except NoAnswer as error:
        return fault(str(error), cure)
    if page.status in BAD_GATEWAY:
        return fault(f"{front.url} answers {page.status}: the proxy does not reach the backend", cure)
    if page.status != HTTP_OK or "json" not in page.headers.get("content-type", ""):
        return fault(f"{front.url}/health/live answers {page.status}, and it is not our backend that speaks", cure)
    return ok(f"{front.url} answers within {page.took_s * 1000:.0f} ms")


def look_at_redirect(place: Place) -> Outcome:
    """Plain HTTP must lead to HTTPS and serve nothing itself."""
    host, port = place.front.host, place.site.plain_port
    if port is None:
        return ok("the site does not listen without TLS")
    page = ask(f"http://{host}/api/health/live", at=f"127.0.0.1:{port}", host=host)
    if page.status in REDIRECTS and page.headers.get("location", "").startswith("https://"):
        return ok(f"{page.status} to https")
    return fault(f"http://{host}/api answers {page.status} without TLS", "run install.sh again: it writes the site")


def look_at_expiry(place: Place) -> Outcome:
    """How long the certificate that is served is good for."""
    days = (place.served.expires_at - place.machine.now()) / DAY_S
    cure = "certbot renew, or put a new one into config/tls; then " + RELOAD
    if days < 0:
        return fault(f"the certificate expired {age(-days * DAY_S)} ago", cure)
    if days < LAST_DAYS:
        return fault(f"the certificate has {days:.1f} days left", cure)
    if days < FEW_DAYS:
        return fault(f"the certificate has {days:.0f} days left", cure, Severity.WARNING)
    return ok(f"{days:.0f} days left")


def look_at_trust(place: Place) -> Outcome:
    """Whether browsers take it without a warning."""
    served = place.served
    cure = (
        f"certbot certonly --webroot -w /var/lib/soniclayer/acme -d {served.front.host}; "
        "docs/operations.md, Certificate, has all of it"
    )
    if served.self_signed:
        return fault("the certificate is self-signed: browsers warn, programs refuse", cure)
    if served.distrust and "expired" in served.distrust:
        return unknown("it has expired: see web.expiry")
    if served.distrust:
        return fault(f"this machine does not trust the certificate: {served.distrust}", cure)
    return ok("this machine trusts it")


def look_at_name(place: Place) -> Outcome:
    """Whether it is one for the name that people type."""
    served = place.served
    if served.names_host is None:
        return not_applicable("the site has no domain")
    if not served.names_host:
        return fault(
            f"the certificate is not one for {served.front.host} (but for {served.subject})",
            f"get one for that name, or run install.sh --domain with the right one; then {RELOAD}",
        )
    return ok(served.front.host)


def look_at_limits(place: Place) -> Outcome:
    """The limits that the backend keeps, per key."""
    settings = place.backend
    shown = (
        f"{settings.requests_per_second} requests a second (burst {settings.requests_burst}), "
        f"{settings.uploads_per_minute} uploads a minute per key"
    )
    if settings.requests_per_second > MOST_PER_SECOND or settings.uploads_per_minute > MOST_UPLOADS_PER_MINUTE:
        cure = "lower SONICLAYER_REQUESTS_PER_SECOND and SONICLAYER_UPLOADS_PER_MINUTE in backend.env"
        return fault(f"the backend allows {shown}: that limits nobody", cure)
    return ok(shown)


def look_at_proxy_limits(place: Place) -> Outcome:
    """The limits that nginx keeps, per address."""
    site = place.site
    zones = {words[1].partition(":")[0]: words for words in site.values("limit_req_zone")}
    used = {words[0].partition("=")[2]: words for words in site.values("limit_req")}
    cure = f"limit_req zone=api_limit burst=20 nodelay; in the location of /api/, or run install.sh again; {RELOAD}"
    if not used:
        return fault("no limit_req in the site: nobody is held up before the backend", cure)
    rates = [word for name in used for word in zones.get(f"zone={name}", ()) if word.startswith("rate=")]
    return ok(f"{', '.join(used)} {' '.join(rates)}".strip())


def look_at_upload_size(place: Place) -> Outcome:
    """Nginx and the backend must refuse the same."""
    wanted_bytes = place.backend.max_upload_bytes
    found = {where.partition(" [")[0]: size for where, size in place.site.most_body_bytes().items()}
    cure = f"run install.sh again: it writes client_max_body_size from SONICLAYER_MAX_UPLOAD_BYTES; {RELOAD}"
    if not found:
        return unknown(f"{place.site.path} passes nothing on")
    largest = 0 if 0 in found.values() else max(found.values())
    if largest == 0:
        return fault(f"nginx takes requests of any size, the backend {size_text(wanted_bytes)}", cure)
    if not wanted_bytes <= largest <= wanted_bytes + ENVELOPE_BYTES:
        return fault(f"nginx takes {size_text(largest)}, the backend {size_text(wanted_bytes)}", cure)
    return ok(f"{size_text(wanted_bytes)} in both")


def _ask_backend(place: Place, path: str) -> Page:
    """By its socket, which nginx uses, else by its address."""
    socket = place.machine.path("/run/soniclayer/backend.sock")
    address = place.backend_address
    if place.installation and place.machine.is_root and socket.exists():
        address = f"unix:{socket}"
    host = "localhost" if address.startswith("unix:") else urlsplit(f"//{address}").netloc
    return ask(f"http://{host}{path}", at=address)


def _not_ready(page: Page) -> str:
    try:
        failing = [f"{check['name']} {check['detail']}" for check in json.loads(page.body)["checks"] if not check["ok"]]
    except (ValueError, LookupError, TypeError):
        return "no reason is given"
    return ", ".join(failing)


CHECKS = (
    Check("web.backend", "the backend answers, and is ready", Severity.ERROR, look_at_backend),
    Check("web.proxy", "nginx, or another proxy, answers over TLS and reaches us", Severity.ERROR, look_at_proxy),
    Check("web.redirect", "plain HTTP leads to HTTPS", Severity.ERROR, look_at_redirect),
    Check("web.expiry", "the certificate is good for three weeks or more", Severity.ERROR, look_at_expiry),
    Check("web.trust", "browsers trust the certificate", Severity.WARNING, look_at_trust),
    Check("web.name", "the certificate is one for our domain", Severity.WARNING, look_at_name),
    Check("web.limits", "the backend limits requests and uploads", Severity.WARNING, look_at_limits),
    Check("web.proxy_limits", "nginx limits requests", Severity.WARNING, look_at_proxy_limits),
    Check("web.upload_size", "uploads have the same limit in nginx and backend", Severity.ERROR, look_at_upload_size),
)
