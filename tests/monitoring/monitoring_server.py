"""Prometheus or Alertmanager, started for a test."""

from __future__ import annotations

import contextlib
import subprocess

import requests
from service import free_port, wait_until

UP_S = 60.0


@contextlib.contextmanager
def running_server(command, folder):
    """The URL of one that is ready; it runs in this folder, and logs there."""
    address = f"127.0.0.1:{free_port()}"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, f"--web.listen-address={address}"], cwd=folder, stdout=log, stderr=log)
    try:
        wait_until(lambda: _is_ready(address, process, folder / "log"), UP_S, (folder / "log").read_text)
        yield f"http://{address}"
    finally:
        process.kill()
        process.wait()


def _is_ready(address, process, log):
    assert process.poll() is None, log.read_text()
    with contextlib.suppress(requests.ConnectionError):
        return requests.get(f"http://{address}/-/ready", timeout=5).ok
    return False
