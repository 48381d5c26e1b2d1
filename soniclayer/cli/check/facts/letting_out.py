"""Where a unit may speak to: `IPAddressAllow=` and `IPAddressDeny=` as systemd tells them."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from soniclayer.cli.check.facts.asking import NoAnswer, reason

if TYPE_CHECKING:
    from collections.abc import Mapping


def addresses_of(url: str) -> list[str]:
    """Those of the host of a URL.

    Raises:
        NoAnswer: its name does not resolve.
    """
    parts = urlsplit(url)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NoAnswer(f"the name {parts.hostname} does not resolve: {reason(error)}") from None
    return sorted({str(address[0]) for *_, address in found})


def let_out(address: str, facts: Mapping[str, str]) -> bool:
    """Whether a unit of these properties may speak to an address; what is allowed goes before what is denied."""
    return _is_in(address, facts.get("IPAddressAllow", "")) or not _is_in(address, facts.get("IPAddressDeny", ""))


def _is_in(address: str, networks: str) -> bool:
    one = ipaddress.ip_address(address.partition("%")[0])
    return any(one in ipaddress.ip_network(network, strict=False) for network in networks.split())
