"""systemd's units: they run, come back after a reboot, and are those on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.cli.check.check import Check, Need
from soniclayer.cli.check.facts.units import BACKEND, NGINX, REDIS, SOCKET, TARGET, TIMERS, enabled_workers
from soniclayer.cli.check.outcome import Severity, fault, ok, several

if TYPE_CHECKING:
    from soniclayer.cli.check.outcome import Outcome
    from soniclayer.cli.check.place import Place

OURS = ("soniclayer", "langflow", "redis-server@soniclayer")


def look_at_running(place: Place) -> Outcome:
    """The target, the backend and what they need."""
    units = place.units
    wanted = [TARGET, SOCKET, BACKEND, *enabled_workers(place.machine)]
    wanted += [name for name in (REDIS, NGINX) if units.units.get(name, {}).get("LoadState") == "loaded"]
    down = [f"{name} ({_state(place, name)})" for name in wanted if not units.is_active(name)]
    if down:
        return fault(
            f"not running: {several(down)}", "systemctl start soniclayer.target; systemctl status UNIT says why"
        )
    return ok(f"{len(wanted)} run")


def look_at_boot(place: Place) -> Outcome:
    """What starts with the machine."""
    wanted = {TARGET: "the suite"}
    if place.units.units.get(NGINX, {}).get("LoadState") == "loaded":
        wanted[NGINX] = "nginx"
    off = [
        name for name in wanted if not place.units.units.get(name, {}).get("UnitFileState", "").startswith("enabled")
    ]
    if off:
        return fault(f"{several(off)} will not start with the machine", f"systemctl enable {' '.join(off)}")
    return ok("they start with the machine")


def look_at_timers(place: Place) -> Outcome:
    """What is to happen every night or week."""
    down = [f"{name} ({_state(place, name)})" for name in TIMERS if not place.units.is_active(name)]
    if down:
        return fault(f"not running: {several(down)}", "systemctl start soniclayer.target starts them")
    return ok(f"{len(TIMERS)} run")


def look_at_failed(place: Place) -> Outcome:
    """Of the whole machine; those of others are less our business."""
    failed = place.units.failed
    ours = [name for name in failed if name.startswith(OURS)]
    if ours:
        return fault(
            f"failed: {several(ours)}",
            f"journalctl -u {ours[0]} -n 50; then systemctl reset-failed && systemctl start it",
        )
    if failed:
        cure = f"journalctl -u {failed[0]} -n 50"
        return fault(f"failed, not ours: {several(list(failed))}", cure, Severity.WARNING)
    return ok("none has failed")


def look_at_changes(place: Place) -> Outcome:
    """Whether systemd has read what lies on disk."""
    changed = sorted(name for name, facts in place.units.units.items() if facts.get("NeedDaemonReload") == "yes")
    if changed:
        return fault(
            f"changed on disk, not read yet: {several(changed)}",
            "systemctl daemon-reload && systemctl restart soniclayer.target",
        )
    return ok("systemd knows them as they are on disk")


def _state(place: Place, name: str) -> str:
    facts = place.units.units.get(name)
    return facts.get("ActiveState", "unknown") if facts and facts.get("LoadState") == "loaded" else "not there"


_HERE = frozenset({Need.INSTALLATION})
CHECKS = (
    Check("units.running", "the units of the suite run", Severity.ERROR, look_at_running, _HERE),
    Check("units.boot", "the suite starts with the machine", Severity.WARNING, look_at_boot, _HERE),
    Check("units.timers", "backups, drills and tidying up have their timers", Severity.WARNING, look_at_timers, _HERE),
    Check("units.failed", "no unit has failed", Severity.ERROR, look_at_failed, _HERE),
    Check("units.changed", "systemd has read its units as they are on disk", Severity.WARNING, look_at_changes, _HERE),
)
