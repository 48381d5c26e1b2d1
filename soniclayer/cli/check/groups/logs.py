"""The logs: they survive a reboot, and do not fill the disk."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from soniclayer.cli.check.check import Check, Need
from soniclayer.cli.check.outcome import Severity, fault, ok, several
from soniclayer.models.progress import size_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from soniclayer.cli.check.machine import Machine
    from soniclayer.cli.check.outcome import Outcome
    from soniclayer.cli.check.place import Place

FOLDERS = ("/usr/lib/systemd/journald.conf.d", "/run/systemd/journald.conf.d", "/etc/systemd/journald.conf.d")
"""From the weakest to the strongest: a file counts instead of one of the same name in a weaker folder."""

DROP_IN = "run install.sh again: it writes /etc/systemd/journald.conf.d/soniclayer.conf"
LARGE_BYTES = 2**30


def look_at_persistence(place: Place) -> Outcome:
    """Whether yesterday's crash can be read about today."""
    storage = _journal_option(place.machine, "Storage") or "auto"
    there = place.machine.path("/var/log/journal").is_dir()
    if storage in {"none", "volatile"}:
        return fault(f"Storage={storage}: logs go with the next reboot", DROP_IN)
    if storage == "auto" and not there:
        return fault("there is no /var/log/journal: logs go with the next reboot", DROP_IN)
    if not there:
        cure = "systemctl restart systemd-journald && journalctl --flush"
        return fault("Storage=persistent, but there is no /var/log/journal yet", cure)
    return ok(f"Storage={storage}")


def look_at_cap(place: Place) -> Outcome:
    """Whether somebody said how much it may take."""
    most = _journal_option(place.machine, "SystemMaxUse")
    if not most:
        return fault("SystemMaxUse= is not set: the journal may take a tenth of the disk, 4 GB at most", DROP_IN)
    return ok(f"SystemMaxUse={most}")


def look_at_rotation(place: Place) -> Outcome:
    """Nginx writes files of its own."""
    machine = place.machine
    rules = {
        machine.told(path): machine.read(machine.told(path)) or "" for path in machine.found("/etc/logrotate.d", "*")
    }
    logs = {words[0] for name in ("access_log", "error_log") for words in place.site.values(name) if words[0][0] == "/"}
    logs = logs or {"/var/log/nginx/access.log"}
    missed = sorted(log for log in logs if not any(_rotates(rule, log) for rule in rules.values()))
    if missed:
        return fault(f"nobody rotates {several(missed)}", "apt-get install --reinstall logrotate nginx-common")
    if not machine.path("/usr/sbin/logrotate").exists():
        return fault("logrotate is not installed: nginx's logs grow for ever", "apt-get install logrotate")
    started = machine.found("/etc/systemd/system", "timers.target.wants/logrotate.timer") or machine.found(
        "/etc/cron.daily", "logrotate"
    )
    if not started:
        return fault("logrotate has its rules, and nothing starts it", "systemctl enable --now logrotate.timer")
    large = [log for log in sorted(logs) if _size_bytes(machine.path(log)) > LARGE_BYTES]
    if large:
        cure = "logrotate --debug /etc/logrotate.conf tells why it is not rotated"
        return fault(f"{large[0]} has grown to {size_text(_size_bytes(machine.path(large[0])))}", cure)
    return ok(several(sorted(logs)))


def _journal_option(machine: Machine, name: str) -> str | None:
    """The last that is said counts."""
    found = None
    for text in _journal_files(machine):
        for value in re.findall(rf"^\s*{name}\s*=\s*(\S*)", text, re.MULTILINE):
            found = value or None
    return found


def _journal_files(machine: Machine) -> Iterator[str]:
    yield machine.read("/etc/systemd/journald.conf") or ""
    files = {path.name: path for folder in FOLDERS for path in machine.found(folder, "*.conf")}
    for name in sorted(files):
        yield machine.read(machine.told(files[name])) or ""


def _rotates(rules: str, log: str) -> bool:
    """Whether a pattern of the rules is one for this log."""
    patterns = [word.strip("\"'") for word in rules.split() if word.strip("\"'").startswith("/")]
    return any(re.fullmatch(re.escape(pattern).replace(r"\*", "[^/]*"), log) for pattern in patterns)


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


_HERE = frozenset({Need.INSTALLATION})
CHECKS = (
    Check("logs.persistent", "the journal survives a reboot", Severity.WARNING, look_at_persistence, _HERE),
    Check("logs.capped", "the journal has a limit", Severity.WARNING, look_at_cap, _HERE),
    Check("logs.rotation", "nginx's logs are rotated", Severity.WARNING, look_at_rotation, _HERE),
)
