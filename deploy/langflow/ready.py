"""Waits until Langflow answers, and until it is ours that does: langflow.service calls it after each start.

Its port is looked up in the kernel's table: a socket that listens there and is of this very user. systemd's time limit
for the start is the only one; when Langflow ends meanwhile ($MAINPID) there is nothing to wait for.
"""

from __future__ import annotations

import os
import sys
import time
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path

POLL_S = 0.3
ANSWER_S = 5
LISTEN = "0A"
LOOPBACK = "0100007F"


def main() -> None:
    """Exit status 0 when it is ready."""
    port, pid = int(os.environ["LANGFLOW_PORT"]), int(os.environ["MAINPID"])
    while not (is_ours(port) and is_well(port)):
        if not is_there(pid):
            sys.exit("Langflow has ended before it was ready")
        time.sleep(POLL_S)


def is_ours(port: int) -> bool:
    """Whether a socket of this user listens on that port of 127.0.0.1."""
    for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, *rest = line.split()
        if local == f"{LOOPBACK}:{port:04X}" and state == LISTEN:
            return int(rest[3]) == os.geteuid()
    return False


def is_well(port: int) -> bool:
    """Whether its database and services work, by its own word."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health_check", timeout=ANSWER_S) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (OSError, urllib.error.URLError):
        return False


def is_there(pid: int) -> bool:
    """Whether the process lives; in /proc it is hidden from us, as each has a user namespace of its own."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
