"""The wheels that an installation without a network takes, fetched once by a machine and kept."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

from installed_suite import CHECKOUT
from samples import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from debian_machine import DebianMachine

SETS = ("build", "engines", "service")
FETCHED = "/var/tmp/wheels"  # noqa: S108 - of a machine that is ours alone
FETCH_S = 600.0


def wheelhouse(cache: Path, machine: DebianMachine) -> Path:
    """Its folder. `machine` has the suite and a way out; it fetches the wheels, for they are to fit its Python."""
    wanted = b"".join((ROOT / "requirements" / f"{name}.txt").read_bytes() for name in SETS)
    folder = cache / f"wheels-{hashlib.sha256(wanted).hexdigest()[:12]}"
    if not folder.is_dir():
        script = f"{CHECKOUT}/requirements/wheelhouse.sh"
        machine.run(script, "/opt/soniclayer/current/venv", FETCHED, timeout=FETCH_S)
        shutil.copytree(machine.path(FETCHED), folder.with_suffix(".tmp"))
        folder.with_suffix(".tmp").rename(folder)
    return folder
