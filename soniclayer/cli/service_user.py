"""What root types at an installation is done as the user of its services.

So they can read what it writes, and a hostile recording meets nobody who may do more than they.
"""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

from soniclayer.errors import ConfigError
from soniclayer.installation import SERVICE_USER, installation

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

UMASK = 0o066
"""That of the units: files for the service alone, folders that nginx may pass through."""


def steps_down() -> bool:
    """Whether there is somebody to become: for root, in an installation."""
    return installation() is not None and os.geteuid() == 0


def step_down() -> None:
    """Become the user of the services, for good, if `steps_down` says so.

    What only root may read has to be read, or opened, before.

    Raises:
        ConfigError: there is no such user.
    """
    if not steps_down():
        return
    user = _service_user()
    os.umask(UMASK)
    os.initgroups(user.pw_name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    for name in [name for name in os.environ if name.startswith(("XDG_", "SUDO_"))]:
        del os.environ[name]
    os.environ.update(HOME=user.pw_dir, USER=user.pw_name, LOGNAME=user.pw_name)


def refuse_unwritable(paths: Iterable[Path]) -> None:
    """Refuse what this user cannot write, before hours of work rest on it.

    Raises:
        ConfigError: a line for each.
    """
    faults = [path for path in paths if not _is_writable(path)]
    if faults:
        who = f"{SERVICE_USER}, who does the work here, cannot write there; take standard output: - > FILE"
        raise ConfigError(*(f"{path}: {who}" for path in faults))


def _is_writable(path: Path) -> bool:
    is_there = os.access(path, os.F_OK)  # of what lies in a closed folder nothing else may be asked
    return os.access(path if is_there and path.is_dir() else path.parent, os.W_OK)


def is_service_user() -> bool:
    """Whether this process runs as the user of the services."""
    try:
        return os.geteuid() == _service_user().pw_uid
    except ConfigError:
        return False


def _service_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        raise ConfigError(f"there is no user {SERVICE_USER}: run the installation again, it makes one") from None
