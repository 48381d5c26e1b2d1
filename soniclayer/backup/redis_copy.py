"""A copy of what Redis has, for convenience: all of it can be made anew from the store."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

    from soniclayer.backup.told import Told

RDB = "redis.rdb"
MOST_S = 600.0


def copy_redis(url: str, password: str | None, target: Path, told: Told) -> None:
    """Have redis-cli(1) fetch all that Redis has into a file; where that fails there is none, and it is noted."""
    target.unlink(missing_ok=True)
    told.begin("copying Redis")
    parts = urlsplit(url)
    secret = password or (unquote(parts.password) if parts.password else None)
    asking = ["--askpass"] if secret else []  # by a pipe: in an environment others of this user could read it
    command = ["redis-cli", *_where(url), *asking, "--no-auth-warning", "--rdb", str(target)]
    try:
        done = subprocess.run(
            command,
            input=f"{secret or ''}\n",
            capture_output=True,
            text=True,
            check=False,
            timeout=MOST_S,
        )
        fault = "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
    except (OSError, subprocess.TimeoutExpired) as error:
        fault = str(error)
    if fault or not target.exists():
        target.unlink(missing_ok=True)
        told.note(f"the backup is without a copy of Redis, which is made anew from the store anyway: {fault}")


def _where(url: str) -> list[str]:
    """The options of redis-cli for one of our URLs; a password is in none."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return ["-s", parts.path]
    user = ["--user", unquote(parts.username)] if parts.username else []
    tls = ["--tls"] if parts.scheme == "rediss" else []
    return ["-h", str(parts.hostname), "-p", str(parts.port or 6379), *user, *tls]
