"""What systemd says of our units, and of those that failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soniclayer.cli.check.outcome import CannotKnow

if TYPE_CHECKING:
    from soniclayer.cli.check.machine import Machine

TARGET, BACKEND, SOCKET, SLICE = (
    "soniclayer.target",
    "soniclayer-backend.service",
    "soniclayer-backend.socket",
    "soniclayer.slice",
)
WORKERS = "soniclayer-worker@"
REDIS = "redis-server@soniclayer.service"
NGINX = "nginx.service"
LANGFLOW = "langflow.service"
TIMERS = ("soniclayer-backup.timer", "soniclayer-restore-drill.timer", "soniclayer-cleanup.timer")

_PROPERTIES = (
    "Id,LoadState,ActiveState,SubState,Result,UnitFileState,NeedDaemonReload,MainPID,MemoryHigh,MemoryMax,"
    "ActiveEnterTimestamp,IPAddressAllow,IPAddressDeny"
)


@dataclass(frozen=True)
class UnitFacts:
    """`units` by name, each with its properties; `failed` are all units of the machine that failed."""

    units: Mapping[str, Mapping[str, str]]
    failed: tuple[str, ...]

    def is_active(self, name: str) -> bool:
        """Whether it runs."""
        return self.units.get(name, {}).get("ActiveState") in {"active", "reloading"}

    def started_at(self, name: str) -> float | None:
        """Since when it runs, as Unix time; None: it does not, or nobody says."""
        told = self.units.get(name, {}).get("ActiveEnterTimestamp", "").removeprefix("@")
        return float(told) if told.isdigit() and self.is_active(name) else None


def ask_units(machine: Machine) -> UnitFacts:
    """Ask systemd.

    Raises:
        CannotKnow: it does not run here, or does not answer.
    """
    words = [
        "systemctl",
        "show",
        "--timestamp=unix",
        f"--property={_PROPERTIES}",
        TARGET,
        BACKEND,
        SOCKET,
        SLICE,
        REDIS,
        NGINX,
    ]
    shown = machine.ask([*words, TARGET, BACKEND, SOCKET, SLICE, REDIS, NGINX, "soniclayer*", "langflow*"])
    failed = machine.ask(["systemctl", "list-units", "--failed", "--no-legend", "--plain", "--no-pager"])
    if shown.code or failed.code:
        raise CannotKnow(f"systemd does not answer: {shown.err or failed.err}")
    return UnitFacts(_units(shown.out), tuple(line.split()[0] for line in failed.out.splitlines() if line.split()))


def enabled_workers(machine: Machine) -> list[str]:
    """The instances that start with the machine or with the target, by their links."""
    links = machine.found("/etc/systemd/system", f"*.wants/{WORKERS}*.service")
    return sorted({link.name for link in links} - {f"{WORKERS}.service"})


def _units(shown: str) -> dict[str, Mapping[str, str]]:
    found: dict[str, Mapping[str, str]] = {}
    for block in shown.split("\n\n"):
        pairs = (line.partition("=") for line in block.splitlines())
        properties = {name: value for name, _, value in pairs}
        if "Id" in properties:
            found[properties["Id"]] = properties
    return found
