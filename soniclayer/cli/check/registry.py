"""All checks, in the order of the page."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from soniclayer.cli.check.groups import (
    config,
    dashboard,
    files,
    keys,
    langflow,
    logs,
    machine,
    models,
    monitoring,
    network,
    proof,
    redis,
    release,
    secrets,
    store,
    units,
    web,
    workers,
)
from soniclayer.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soniclayer.cli.check.check import Check

GROUPS = {
    "machine": ("Machine", machine.CHECKS),
    "release": ("Release", release.CHECKS),
    "config": ("Configuration", config.CHECKS),
    "units": ("Units", units.CHECKS),
    "workers": ("Workers", workers.CHECKS),
    "redis": ("Redis", redis.CHECKS),
    "models": ("Models", models.CHECKS),
    "langflow": ("Langflow", langflow.CHECKS),
    "web": ("Web", web.CHECKS),
    "dashboard": ("Dashboard", dashboard.CHECKS),
    "keys": ("API keys", keys.CHECKS),
    "secrets": ("Secrets", secrets.CHECKS),
    "files": ("Files", files.CHECKS),
    "network": ("Network", network.CHECKS),
    "store": ("Store", store.CHECKS),
    "logs": ("Logs", logs.CHECKS),
    "monitoring": ("Monitoring", monitoring.CHECKS),
    "proof": ("Proof", proof.CHECKS),
}
"""By the first word of their ids: a heading, and the checks."""

CHECKS: tuple[Check, ...] = tuple(check for _, checks in GROUPS.values() for check in checks)


def pick(names: Sequence[str]) -> tuple[Check, ...]:
    """The checks of these ids and groups, in the order of the page; of no names, all.

    Raises:
        ConfigError: there is none of that name.
    """
    known = {*GROUPS, *(check.id for check in CHECKS)}
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, sorted(known), n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise ConfigError(f"no check or group is named {name!r}{hint} `soniclayer check --list` names all")
    return tuple(check for check in CHECKS if not names or check.id in names or check.group in names)
