#!/usr/bin/env python3
"""Asks whether a known vulnerability is in what is locked, for servers and for Langflow (`make audit`).

usage: requirements/audit.py [PIP-AUDIT-OPTION...]      say, --ignore-vuln ID

Exit status: 0 none is known; 1 some are; 3 it could not be found out, because the data are out of reach.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent
SETS = ("core", "engines", "service", "build", "nli", "torch", "cuda", "langflow")
VULNERABLE, UNKNOWN = 1, 3
TIMEOUT_S = 900


def main() -> None:
    """Ask for each set by itself: Langflow's versions are not ours."""
    results = [_audited(name) for name in SETS]
    sys.exit(max(results, key=(0, UNKNOWN, VULNERABLE).index))


def _audited(name: str) -> int:
    """The exit status for one set; what was found is printed."""
    command = (
        sys.executable,
        "-m",
        "pip_audit",
        "--progress-spinner=off",
        "--disable-pip",
        "--no-deps",
        "--format=json",
    )
    try:
        done = subprocess.run(
            [*command, "--requirement", REQUIREMENTS / f"{name}.txt", *sys.argv[1:]],
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )
        packages = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, json.JSONDecodeError, KeyError) as error:
        why = done.stderr.strip().splitlines()[-1:] if not isinstance(error, subprocess.TimeoutExpired) else [error]
        _tell(f"{name}: NOT AUDITED, the data are out of reach: {why[0] if why else 'no answer'}")
        return UNKNOWN
    return _told(name, packages)


def _told(name: str, packages: list[dict]) -> int:
    """pip-audit counts as well what it found no data of: here that is no good news."""
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    found = [(package, fault) for package in packages for fault in package.get("vulns", ())]
    for package, fault in found:
        fixed = ", ".join(fault["fix_versions"]) or "no version yet"
        _tell(f"{name}: {package['name']} {package['version']}: {fault['id']}, mended in {fixed}")
    if found:
        return VULNERABLE
    if skipped:
        _tell(
            f"{name}: NOT AUDITED, no data of {len(skipped)} of {len(packages)} packages: {', '.join(skipped[:5])} ..."
        )
        return UNKNOWN
    _tell(f"{name}: no known vulnerability in {len(packages)} packages")
    return 0


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
