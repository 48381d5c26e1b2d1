"""What is installed, and what runs."""

from __future__ import annotations

import platform
import re
from importlib import metadata
from typing import TYPE_CHECKING

from soniclayer import __version__
from soniclayer.cli.check.check import Check, Need
from soniclayer.cli.check.outcome import CannotKnow, Severity, fault, ok, several, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from soniclayer.cli.check.outcome import Outcome
    from soniclayer.cli.check.place import Place

LEAST = {"Redis": (6, 0), "nginx": (1, 18), "systemd": (249,)}
"""What the suite is made for."""

PACKAGES = (
    "gunicorn",
    "uvicorn",
    "starlette",
    "dramatiq",
    "redis",
    "faster-whisper",
    "ctranslate2",
    "onnxruntime",
    "av",
)


def look_at_versions(place: Place) -> Outcome:
    """Of all parts, to be told when somebody asks for help."""
    found = {"SonicLayer": place.home.release.name if place.installation else __version__}
    found["Python"] = platform.python_version()
    found |= {name: version for name, version in _programs(place).items() if version}
    shown = ", ".join(f"{name} {version}" for name, version in {**found, **_packages()}.items())
    old = [f"{name} {found[name]}" for name, least in LEAST.items() if name in found and _numbers(found[name]) < least]
    if old:
        return fault(
            f"too old: {several(old)} ({shown})", "this release of the system is too old: see docs/operations.md"
        )
    return ok(shown)


def look_at_processes(place: Place) -> Outcome:
    """Whether all that runs is of the current release: an old one holds on to files that are gone."""
    home, current = place.home, place.home.current.name
    ours = [process for process in place.processes if process.unit is not None]
    loaded = {process: process.releases(home.root) for process in ours}
    old = [
        f"{process.unit} (pid {process.pid}) of {several(sorted(releases - {current}))}"
        for process, releases in loaded.items()
        if releases - {current}
    ]
    if old:
        return fault(f"{several(old)}; current is {current}", "systemctl restart soniclayer.target")
    running = sum(current in releases for releases in loaded.values())
    return ok(f"{running} processes of {current}") if running else unknown("no process of the suite runs")


def look_at_leftovers(place: Place) -> Outcome:
    """Releases that were not finished."""
    broken = [release.version for release in place.home.releases() if not release.complete]
    if broken:
        return fault(f"not complete: {several(broken)}", "run install.sh again, or remove the folder")
    return ok(several([release.version for release in place.home.releases()]))


def _programs(place: Place) -> dict[str, str | None]:
    """Those that others wrote, where they are."""
    return {
        "Redis": _or_none(lambda: str(place.redis.info.get("redis_version"))),
        "nginx": _or_none(lambda: _first(place.machine.ask(["nginx", "-v"]).err, r"nginx/([\d.]+)")),
        "systemd": _or_none(lambda: _first(place.machine.ask(["systemctl", "--version"]).out, r"systemd (\d+)")),
    }


def _packages() -> dict[str, str]:
    found = {one.metadata["Name"].lower(): one.version for one in metadata.distributions()}
    return {name: found[name] for name in PACKAGES if name in found}


def _or_none(ask: Callable[[], str | None]) -> str | None:
    try:
        return ask()
    except CannotKnow:
        return None


def _first(text: str, pattern: str) -> str | None:
    match = re.search(pattern, text)
    return match[1] if match else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


CHECKS = (
    Check("release.versions", "all parts are new enough", Severity.WARNING, look_at_versions),
    Check(
        "release.processes",
        "what runs is the current release",
        Severity.WARNING,
        look_at_processes,
        frozenset({Need.INSTALLATION, Need.ROOT}),
    ),
    Check(
        "release.complete",
        "no release was left half-installed",
        Severity.ADVICE,
        look_at_leftovers,
        frozenset({Need.INSTALLATION}),
    ),
)
