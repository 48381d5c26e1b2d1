"""Where worker processes are tested."""

from __future__ import annotations

import signal

import pytest
from worker_place import Place


@pytest.fixture
def place(tmp_path, redis_url):
    """On the shared Redis."""
    one = Place(tmp_path, redis_url)
    yield one
    one.close()


@pytest.fixture
def own_place(tmp_path, own_redis):
    """On a Redis of the test's own."""
    one = Place(tmp_path, own_redis.url)
    yield one
    one.close()


@pytest.fixture
def stop_at_the_end():
    """Processes that a test has stopped (SIGSTOP) go on, whatever happens."""
    stopped = []
    yield stopped
    for process in stopped:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
