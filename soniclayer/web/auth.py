"""Who calls, and whether they may: by an API key, or by a session that stands for one."""

from __future__ import annotations

import ipaddress
from functools import partial
from typing import TYPE_CHECKING

from anyio import to_thread

from soniclayer.definitions.keys import Scope as KeyScope
from soniclayer.web.limits import refuse_excess
from soniclayer.web.problems import Problem
from soniclayer.web.session import COOKIE, refuse_cross_site

if TYPE_CHECKING:
    from starlette.requests import Request

    from soniclayer.definitions.keys import Key
    from soniclayer.web.policy import Policy
    from soniclayer.web.services import Services

HEADER = "X-API-Key"
CHALLENGE = {"WWW-Authenticate": f'ApiKey realm="soniclayer", header="{HEADER}"'}

__all__ = ["KeyScope", "admit", "admit_async", "count", "key_of", "services_of"]


def services_of(request: Request) -> Services:
    """The tools of this process."""
    services: Services = request.app.state.services
    return services


def key_of(request: Request) -> Key:
    """The key of an admitted caller; only where the route needs a scope."""
    key: Key = request.state.key
    return key


def admit(request: Request, needs: KeyScope | None, *, audio: bool = False) -> None:
    """Count the call, and let it in or not. Blocks: not for an event loop.

    Calls for `audio` are counted apart from all others, but for those of nobody we know.

    Raises:
        Problem: `no_key`, `wrong_key`, `no_session`, `missing_scope`, `cross_site`, `too_many_requests`.
    """
    services = services_of(request)
    key, refusal = _identify(request, services)
    request.state.key, request.state.key_name = key, key.name if key else None
    count(request, services.limits.audio if audio and key else services.limits.requests)
    if needs is None:
        return
    if key is None:
        raise refusal
    if not key.allows(needs):
        raise Problem("missing_scope", f"The key {key.name} lacks the scope {needs!r}")
    if HEADER not in request.headers:
        refuse_cross_site(request)


async def admit_async(request: Request, needs: KeyScope | None, *, audio: bool = False) -> None:
    """The same, for endpoints that run in the event loop."""
    await to_thread.run_sync(partial(admit, request, needs, audio=audio), limiter=request.app.state.threads.admissions)


def count(request: Request, policy: Policy) -> None:
    """Count this call of this caller; what is left is told in the answer. Blocks.

    Raises:
        Problem: `too_many_requests`.
    """
    name = request.state.key_name
    who = f"key:{name}" if name else f"address:{_address(request)}"
    standing = services_of(request).limits.count(policy, who)
    request.state.standings = (*getattr(request.state, "standings", ()), standing)
    refuse_excess(standing)


def _identify(request: Request, services: Services) -> tuple[Key | None, Problem]:
    """The caller's key, or why there is none."""
    if presented := request.headers.get(HEADER):
        return services.keys.find(presented), Problem("wrong_key", "It is unknown, or has been revoked")
    if cookie := request.cookies.get(COOKIE):
        return services.sessions.key_of(cookie), Problem("no_session", "Sign in again", CHALLENGE)
    return None, Problem("no_key", f"Send it in the header {HEADER}", CHALLENGE)


def _address(request: Request) -> str:
    """Whom to count; of IPv6 the /64, which is what one customer is given."""
    if request.client is None:
        return "local"
    try:
        address = ipaddress.ip_address(request.client.host)
    except ValueError:
        return request.client.host
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)  # noqa: PLR2004 - IPv6
