"""The machine: is it big enough, does it keep the time, does it mend itself."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from soniclayer.cli.check.check import Check, Need
from soniclayer.cli.check.facts.units import SLICE
from soniclayer.cli.check.outcome import CannotKnow, Severity, fault, not_applicable, ok, unknown
from soniclayer.cli.check.place import nearest_folder
from soniclayer.models.progress import size_text

if TYPE_CHECKING:
    from soniclayer.cli.check.machine import Machine
    from soniclayer.cli.check.outcome import Outcome
    from soniclayer.cli.check.place import Place

OLDEST_PYTHON = (3, 10)
GB = 10**9
LEAST_MEMORY_BYTES, GOOD_MEMORY_BYTES = 4 * GB, 8 * GB
KERNEL_SHARE = 0.1
"""So much of the memory one pays for the kernel keeps to itself: 4 GB show as 3.6 GB or more."""

LEAST_DISK_BYTES = 10 * GB
LEAST_INODE_SHARE = 0.05
MOST_SLICE_SHARE = 0.95


def look_at_python(place: Place) -> Outcome:
    """The Python that runs us."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        return fault(f"Python {version}", "install Python 3.10 or newer, then run install.sh again")
    return ok(f"{version} ({place.home.release.name})" if place.installation else version)


def look_at_memory(place: Place) -> Outcome:
    """What the machine has, or what this container may take."""
    total_bytes = memory_bytes(place.machine)
    shown = size_text(total_bytes)
    if total_bytes < LEAST_MEMORY_BYTES * (1 - KERNEL_SHARE):
        return fault(
            f"{shown} of memory; 4 GB are needed",
            "more memory, or one worker with whisper-tiny.en",
        )
    if total_bytes < GOOD_MEMORY_BYTES * (1 - KERNEL_SHARE):
        return fault(f"{shown} of memory; 8 GB are recommended", "more memory lets more workers run", Severity.ADVICE)
    return ok(shown)


def look_at_slice(place: Place) -> Outcome:
    """What systemd lets all of us have together."""
    limits = [place.units.units.get(SLICE, {}).get(name, "") for name in ("MemoryHigh", "MemoryMax")]
    numbers = [int(limit) for limit in limits if limit.isdigit()]
    total_bytes = memory_bytes(place.machine)
    cure = "systemctl cat soniclayer.slice shows who lifted MemoryHigh=; or run install.sh again"
    if not numbers:
        return fault("soniclayer.slice has no memory limit: the suite may take all of the machine", cure)
    least_bytes = min(numbers)
    if least_bytes > total_bytes * MOST_SLICE_SHARE:
        return fault(f"soniclayer.slice may take {size_text(least_bytes)} of {size_text(total_bytes)}", cure)
    return ok(f"{size_text(least_bytes)} of {size_text(total_bytes)}")


def look_at_disk(place: Place) -> Outcome:
    """The disk of the store."""
    folder, least_bytes = place.backend.uploads_dir, place.backend.min_free_bytes
    free_bytes = _disk(place).f_bavail * _disk(place).f_frsize
    shown = f"{size_text(free_bytes)} free for {folder}"
    cure = "delete recordings, run `soniclayer cleanup`, or move the store to a larger disk"
    if free_bytes < least_bytes:
        return fault(f"{shown}: uploads are refused", cure)
    if free_bytes < LEAST_DISK_BYTES:
        return fault(f"{shown}; 10 GB are needed", cure)
    return ok(shown)


def look_at_inodes(place: Place) -> Outcome:
    """Many small files use up what `df -i` shows."""
    disk = _disk(place)
    if not disk.f_files:
        return not_applicable("this file system has no fixed number of files")
    share = disk.f_favail / disk.f_files
    if share < LEAST_INODE_SHARE:
        return fault(f"{share:.1%} of the inodes are left", "delete old recordings; `df -i` shows the disks")
    return ok(f"{share:.0%} left")


def look_at_clock(place: Place) -> Outcome:
    """Whether somebody keeps the time right; the time zone does not matter."""
    answer = place.machine.ask(["timedatectl", "show", "--property=NTPSynchronized", "--property=NTP"])
    if answer.code:
        raise CannotKnow(f"timedatectl does not tell: {answer.err}")
    if "NTPSynchronized=yes" in answer.out:
        return ok("in sync")
    if place.machine.ask(["systemd-detect-virt", "--container", "--quiet"]).code == 0:
        return unknown("in a container the host keeps the clock")
    cure = (
        "timedatectl set-ntp true" if "NTP=no" in answer.out else "see timedatectl timesync-status, or chronyc tracking"
    )
    return fault("the clock is not in sync", cure)


def look_at_updates(place: Place) -> Outcome:
    """Debian's and Ubuntu's unattended-upgrades."""
    machine = place.machine
    if not machine.path("/etc/apt").is_dir():
        return unknown("no apt here: how this system is updated is not known")
    cure = "apt-get install unattended-upgrades && dpkg-reconfigure -f noninteractive unattended-upgrades"
    if not machine.path("/usr/bin/unattended-upgrade").exists():
        return fault("unattended-upgrades is not installed", cure)
    texts = [machine.read(machine.told(path)) or "" for path in machine.found("/etc/apt/apt.conf.d", "*")]
    said = [value for text in texts for value in _periodic(text)]
    if not said or said[-1] in {"0", "false", "no", "off"}:
        return fault("unattended-upgrades is installed, and switched off", cure)
    if not machine.found("/etc/systemd/system", "timers.target.wants/apt-daily-upgrade.timer"):
        return fault("apt-daily-upgrade.timer is not enabled", "systemctl enable --now apt-daily-upgrade.timer")
    return ok("on")


def memory_bytes(machine: Machine) -> int:
    """What there is: of the machine, or of the container it is."""
    match = re.search(r"^MemTotal: +(\d+) kB", machine.need("/proc/meminfo"), re.MULTILINE)
    if not match:
        raise CannotKnow("/proc/meminfo does not say MemTotal")
    limit = (machine.read("/sys/fs/cgroup/memory.max") or "").strip()
    total_bytes = int(match[1]) * 1024
    return min(total_bytes, int(limit)) if limit.isdigit() else total_bytes


def _disk(place: Place) -> os.statvfs_result:
    return os.statvfs(nearest_folder(place.backend.uploads_dir))


def _periodic(text: str) -> list[str]:
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(("//", "#")))
    return re.findall(r'APT::Periodic::Unattended-Upgrade\s+"([^"]*)"', lines)


CHECKS = (
    Check("machine.python", "Python is 3.10 or newer", Severity.ERROR, look_at_python),
    Check("machine.memory", "there are 4 GB of memory, better 8", Severity.ERROR, look_at_memory),
    Check(
        "machine.slice",
        "the suite leaves memory to the rest of the machine",
        Severity.WARNING,
        look_at_slice,
        frozenset({Need.INSTALLATION}),
    ),
    Check("machine.disk", "10 GB are free on the disk of the store", Severity.ERROR, look_at_disk),
    Check("machine.inodes", "the disk of the store has room for more files", Severity.WARNING, look_at_inodes),
    Check("machine.clock", "the clock is in sync", Severity.WARNING, look_at_clock),
    Check(
        "machine.updates",
        "security updates install themselves",
        Severity.WARNING,
        look_at_updates,
        frozenset({Need.INSTALLATION}),
    ),
)
