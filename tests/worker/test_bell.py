"""What wakes the worker's main thread: signals may come at any moment, and as often as they like."""

from __future__ import annotations

import subprocess
import sys
import time

from samples import ROOT

from soniclayer.worker.bell import Bell

STORM = """
import os, signal, threading
from soniclayer.worker.bell import Bell

bell = Bell()
signal.signal(signal.SIGTERM, lambda *_: bell.ring())
storm = threading.Thread(target=lambda: [os.kill(os.getpid(), signal.SIGTERM) for _ in range(50_000)])
storm.start()
while storm.is_alive():
    bell.wait(0.001)
    bell.ring()
"""


def test_a_storm_of_signals_locks_nothing():
    subprocess.run([sys.executable, "-c", STORM], cwd=ROOT, check=True, timeout=60)


def test_what_rang_before_is_heard_once():
    bell = Bell()
    for _ in range(100_000):
        bell.ring()
    bell.wait(60)
    started = time.monotonic()
    bell.wait(0.05)
    assert time.monotonic() - started >= 0.05
