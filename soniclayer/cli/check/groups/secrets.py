"""Secrets belong into files that only root reads: an environment, a unit and an argument are for many eyes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from soniclayer.cli.check.check import Check, Need
from soniclayer.cli.check.groups.config import env_files, others_files
from soniclayer.cli.check.outcome import Severity, fault, ok, several
from soniclayer.cli.check.place import SERVICES, variables_of
from soniclayer.definitions.keys import KEY_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from soniclayer.cli.check.outcome import Outcome
    from soniclayer.cli.check.place import Place

UNIT_FOLDERS = ("/etc/systemd/system", "/etc/systemd/system.control", "/run/systemd/system")
UNITS = ("soniclayer*", "redis-server@soniclayer.service*", "langflow.service*")
SHORTEST_SECRET = 8
"""What is shorter stands in many a line by chance."""

_NAME = re.compile(
    r"(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|SESSION_KEY|SECRET_KEY|PRIVATE_KEY)$", re.IGNORECASE
)
_ASSIGNED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(\"[^\"]*\"|'[^']*'|[^\s\"']*)")
_OPTION = re.compile(r"--?(requirepass|masterauth|pass|password|token|secret|api-?key)(?:[= ]+)(\S+)", re.IGNORECASE)
_IN_URL = re.compile(r"[a-z][a-z0-9+]*://[^\s/:@]*:([^\s/@]+)@")
_OUR_KEY = re.compile(rf"{KEY_PREFIX}[A-Za-z0-9_-]{{20,}}")


def look_at_env_files(place: Place) -> Outcome:
    """Variables that are secrets, of Langflow too."""
    secrets = _known_secrets(place)
    found = [
        f"{name} in {path.name}"
        for path, variables in {**env_files(place), **others_files(place)}.items()
        for name, value in variables.items()
        if value and name != "REDIS_URL" and (_NAME.search(name) or _holds_secret(value, secrets))
    ]
    if found:
        return fault(
            several(found),
            f"write it into {place.home.credentials_dir}/NAME (0600, root), take the line out, restart the target",
        )
    return ok("none")


def look_at_redis_url(place: Place) -> Outcome:
    """It works, and everybody who may read the file, or the environment of a service, has it."""
    found = [
        service for service in SERVICES if urlsplit(variables_of(place.home, service).get("REDIS_URL", "")).password
    ]
    if found:
        return fault(
            f"the password of Redis stands in REDIS_URL of {' and '.join(f'{service}.env' for service in found)}",
            f"move it into {place.home.credentials_dir}/redis_password (0600, root): REDIS_URL=rediss://HOST:PORT/0",
        )
    return ok("REDIS_URL holds none")


def look_at_units(place: Place) -> Outcome:
    """Units and drop-ins are for everybody to read."""
    secrets = _known_secrets(place)
    found = [
        f"{place.machine.told(path)}:{number}"
        for path in _unit_files(place)
        for number, line in enumerate((place.machine.read(place.machine.told(path)) or "").splitlines(), 1)
        if _tells(line, secrets)
    ]
    if found:
        return fault(several(found), "hand it over as a file: LoadCredential=NAME:PATH; then systemctl daemon-reload")
    return ok("none")


def look_at_arguments(place: Place) -> Outcome:
    """Every user of the machine sees the arguments of all processes."""
    secrets = _known_secrets(place)
    found = []
    for process in place.processes:
        line = " ".join(process.words)
        ours = process.unit is not None or str(place.home.root) in line
        if any(secret in line for secret in secrets) or (ours and _in_line(line)):
            found.append(f"{process.name} (pid {process.pid})")
    if found:
        return fault(several(found), "have it read the secret from a file, and change the secret: it has been seen")
    return ok("none")


def _unit_files(place: Place) -> Iterator[Path]:
    for folder in UNIT_FOLDERS:
        for pattern in UNITS:
            for path in place.machine.found(folder, pattern):
                yield from sorted(path.glob("*.conf")) if path.is_dir() else (path,)


def _tells(line: str, secrets: Iterable[str]) -> bool:
    """Whether a line of a unit holds a secret."""
    key, _, value = line.strip().partition("=")
    if key.startswith(("#", ";")) or not value:
        return False
    if (key == "SetCredential" and _is_given(value)) or _holds_secret(value, secrets):
        return True
    if key == "Environment":
        return any(_NAME.search(name) and text.strip("\"'") for name, text in _ASSIGNED.findall(value))
    return key.startswith("Exec") and _in_line(value)


def _is_given(credential: str) -> bool:
    """Whether a credential has a value: ours have empty ones, for where there is no file."""
    return bool(credential.partition(":")[2].replace("\\n", "").strip())


def _in_line(line: str) -> bool:
    """Whether a command line looks as if it held a secret; the name of a file is none."""
    options = [value for _, value in _OPTION.findall(line)]
    return any(not value.startswith(("/", "-", "$", "%")) for value in options) or _holds_secret(line, ())


def _holds_secret(text: str, secrets: Iterable[str]) -> bool:
    return bool(_IN_URL.search(text) or _OUR_KEY.search(text)) or any(secret in text for secret in secrets)


def _known_secrets(place: Place) -> list[str]:
    """What our own credential files hold."""
    texts = (
        path.read_text(errors="replace").strip() for path in place.home.credentials_dir.glob("*") if path.is_file()
    )
    return [text for text in texts if len(text) >= SHORTEST_SECRET]


_FILES = frozenset({Need.INSTALLATION, Need.ROOT})
CHECKS = (
    Check("secrets.env_files", "no secret stands in an env file", Severity.ERROR, look_at_env_files, _FILES),
    Check("secrets.redis_url", "no password stands in REDIS_URL", Severity.WARNING, look_at_redis_url, _FILES),
    Check("secrets.units", "no secret stands in a unit", Severity.ERROR, look_at_units, _FILES),
    Check("secrets.arguments", "no secret is an argument of a process", Severity.ERROR, look_at_arguments, _FILES),
)
