"""Who listens where on TCP, from the kernel's own tables."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soniclayer.cli.check.facts.processes import Process
from soniclayer.cli.check.outcome import CannotKnow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from soniclayer.cli.check.machine import Machine

_LISTEN = "0A"


@dataclass(frozen=True)
class Listener:
    """A socket that listens. `process` is None where we may not know whose it is."""

    address: ipaddress.IPv4Address | ipaddress.IPv6Address
    port: int
    process: Process | None

    @property
    def is_public(self) -> bool:
        """Whether other machines may reach it, a firewall aside."""
        mapped = getattr(self.address, "ipv4_mapped", None)
        return not (mapped or self.address).is_loopback

    def __str__(self) -> str:
        """As people write it."""
        host = f"[{self.address}]" if self.address.version == 6 else str(self.address)  # noqa: PLR2004 - IPv6
        return f"{host}:{self.port}"


def find_public(machine: Machine, processes: Sequence[Process]) -> list[Listener]:
    """All sockets that listen on an address other than those of loopback, by port.

    Raises:
        CannotKnow: this process sees another network than the machine.
    """
    if _network(machine, "self") != _network(machine, "1"):
        raise CannotKnow("this process has a network of its own: what it sees is not what the machine shows")
    owners = {inode: process for process in processes for inode in process.inodes}
    listeners = [
        Listener(address, port, owners.get(inode))
        for table in ("tcp", "tcp6")
        for address, port, inode in _rows(machine.read(f"/proc/net/{table}") or "")
    ]
    return sorted((one for one in listeners if one.is_public), key=lambda one: (one.port, one.address.version))


def _network(machine: Machine, process: str) -> str | None:
    try:
        return str(machine.path(f"/proc/{process}/ns/net").readlink())
    except PermissionError:  # not root: of process 1 nothing is told
        return str(machine.path("/proc/self/ns/net").readlink())
    except OSError:
        return None


def _rows(table: str) -> Iterator[tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int, str]]:
    for line in table.splitlines()[1:]:
        words = line.split()
        if len(words) > 9 and words[3] == _LISTEN:  # noqa: PLR2004 - the inode is the tenth
            host, _, port = words[1].partition(":")
            yield _address(host), int(port, 16), words[9]


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The kernel writes 32-bit words in the order of this machine, which is little-endian on all we run on."""
    data = bytes.fromhex(text)
    return ipaddress.ip_address(b"".join(data[at : at + 4][::-1] for at in range(0, len(data), 4)))
