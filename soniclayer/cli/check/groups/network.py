"""What other machines may reach: what listens on an address that is not loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.cli.check.check import Check, Need
from soniclayer.cli.check.facts.listeners import find_public
from soniclayer.cli.check.outcome import NEEDS_ROOT, Severity, fault, ok, several, unknown

if TYPE_CHECKING:
    from soniclayer.cli.check.facts.listeners import Listener
    from soniclayer.cli.check.outcome import Outcome
    from soniclayer.cli.check.place import Place

OUR_PORTS = {6379: "Redis", 7860: "Langflow", 8000: "the backend", 9191: "dramatiq's metrics"}
"""Where our parts listen when somebody lets them, whoever's process it is: it need not be told to us."""

EXPECTED_PORTS = frozenset({22, 80, 443})
EXPECTED = frozenset({"nginx", "sshd"})


def look_at_ours(place: Place) -> Outcome:
    """Nginx alone is for others."""
    found = [f"{_name(one, place)} on {one}" for one in _public(place) if _is_ours(one, place)]
    if found:
        return fault(
            f"other machines may reach {several(found)}",
            "have it listen on 127.0.0.1 or a unix socket: SONICLAYER_BACKEND_BIND, `bind` and `port 0` of Redis",
        )
    return _unless_hidden(place, "all of it on loopback or sockets")


def look_at_others(place: Place) -> Outcome:
    """Whatever else is there; whether a firewall stands before it is not known."""
    found = sorted(
        {f"{_name(one, place)} on port {one.port}" for one in _public(place) if not _is_expected(one, place)}
    )
    if found:
        return fault(
            f"other machines may reach, a firewall aside: {several(found, 8)}",
            "stop what is not needed, or let a firewall pass 22, 80 and 443 alone (nft, ufw)",
        )
    return _unless_hidden(place, "ssh and nginx alone")


def _unless_hidden(place: Place, finding: str) -> Outcome:
    """Whose a socket is only root may know."""
    if not place.machine.is_root and any(one.process is None for one in _public(place)):
        return unknown(NEEDS_ROOT)
    return ok(finding)


def _public(place: Place) -> list[Listener]:
    return find_public(place.machine, place.processes)


def _is_ours(one: Listener, place: Place) -> bool:
    if one.process is None:
        return one.port in OUR_PORTS
    root = place.installation.root if place.installation else None
    inside = root is not None and any(str(root) in word for word in one.process.words)
    return one.process.unit is not None or inside or "soniclayer" in " ".join(one.process.words[:3])


def _is_expected(one: Listener, place: Place) -> bool:
    if _is_ours(one, place):
        return True  # a matter of the other check
    return one.process.name in EXPECTED if one.process else one.port in EXPECTED_PORTS


def _name(one: Listener, place: Place) -> str:
    """What it is, as far as one may know."""
    if one.process:
        return one.process.unit or one.process.name
    guess = OUR_PORTS.get(one.port)
    return f"perhaps {guess}" if guess else ("something" if place.machine.is_root else "something of another user")


CHECKS = (
    Check("network.ours", "nothing of ours but nginx listens on a public address", Severity.ERROR, look_at_ours),
    Check(
        "network.others",
        "nothing else listens on a public address",
        Severity.ADVICE,
        look_at_others,
        frozenset({Need.INSTALLATION}),
    ),
)
