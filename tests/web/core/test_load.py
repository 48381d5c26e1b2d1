"""Many uploads at once: memory stays small, and whether it lives is told at once, all the time."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests
from samples import ROOT

MOST_GROWTH_BYTES = 32 * 2**20
SLOWEST_LIVE_S = 0.25
NEARLY_ALL = 0.95
"""Of the answers; any may have waited for a core, or for the disk that the log is on."""

SLOWEST_OF_ALL_S = 5.0
MIB = 2**20

CLIENT = """
import asyncio, os, sys
from raw_http import WAV, BOUNDARY, upload_head

PIECE = os.urandom(2**20)

async def upload(port, key, size):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f'--{BOUNDARY}\\r\\nContent-Disposition: form-data; name="file"; filename="a.wav"\\r\\n\\r\\n'.encode()
    start, end = head + WAV + os.urandom(16), f"\\r\\n--{BOUNDARY}--\\r\\n".encode()
    writer.write(upload_head(key, len(start) + size + len(end)) + start)
    for _ in range(size // len(PIECE)):
        writer.write(PIECE)
        await writer.drain()
    writer.write(end)
    status = (await reader.readline()).split()[1].decode()
    writer.close()
    return status

async def main(port, key, sizes):
    print(*await asyncio.gather(*(upload(port, key, size * 2**20) for size in sizes)))

asyncio.run(main(int(sys.argv[1]), sys.argv[2], [int(size) for size in sys.argv[3].split(",")]))
"""


def most_memory_bytes(pid):
    """The peak since the process started, or `forget_peak`."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def forget_peak(pid):
    Path(f"/proc/{pid}/clear_refs").write_text("5")


class Probe(threading.Thread):
    """Asks again and again whether it lives; `times_s` is how long each answer took."""

    def __init__(self, url):
        super().__init__()
        self._url = url
        self._ended = threading.Event()
        self.times_s = []

    def run(self):
        while not self._ended.wait(0.02):
            began_s = time.monotonic()
            assert requests.get(f"{self._url}/health/live", timeout=20).status_code == 200
            self.times_s.append(time.monotonic() - began_s)

    def stop(self):
        self._ended.set()
        self.join()


def upload_all(service, sizes_mib):
    """Upload so many files at once, from a process of their own."""
    sizes = ",".join(map(str, sizes_mib))
    client = [sys.executable, "-c", CLIENT, str(service.port), service.key, sizes]
    environment = {**service.environment, "PYTHONPATH": f"{ROOT / 'tests'}:{ROOT}"}
    done = subprocess.run(client, env=environment, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.split()


@pytest.mark.slow
def test_parallel_uploads_take_little_memory_and_do_not_hold_up_liveness(real):
    assert upload_all(real, [1, 1]) == ["202", "202"]
    processes = real.children("backend")
    for pid in processes:
        forget_peak(pid)
    before = {pid: most_memory_bytes(pid) for pid in processes}
    probe = Probe(real.url)
    probe.start()
    try:
        assert upload_all(real, [5] * 20 + [100]) == ["202"] * 21
    finally:
        probe.stop()
    assert real.children("backend") == processes
    assert max(most_memory_bytes(pid) - before[pid] for pid in processes) < MOST_GROWTH_BYTES
    times_s = sorted(probe.times_s)
    assert len(times_s) > 10
    assert times_s[int(NEARLY_ALL * len(times_s)) - 1] < SLOWEST_LIVE_S
    assert times_s[-1] < SLOWEST_OF_ALL_S
    assert not list((real.folder / "uploads" / ".incoming").iterdir())
