"""A Starlette app of one route that returns the same bytes, as bare as can be, to compare ours with."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import requests
from service import READY_S, free_port, wait_until
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

BODY = "SONICLAYER_BENCH_BODY"


def app():
    """For uvicorn; the bytes are those of the file that the environment names."""
    body = Path(os.environ[BODY]).read_bytes()

    async def bytes_of_file(_request):
        return Response(body, media_type="application/json")

    return Starlette(routes=[Route("/", bytes_of_file)])


@contextmanager
def bare_server(body: Path):
    """The URL of it, running in one process with the same server below as ours."""
    port = free_port()
    command = ["uvicorn", "--factory", "bench.bare_server:app", "--port", str(port), "--log-level", "critical"]
    options = ["--http", "httptools", "--loop", "uvloop", "--no-access-log"]
    places = {"PYTHONPATH": os.pathsep.join([*sys.path]), BODY: str(body)}
    process = subprocess.Popen([sys.executable, "-m", *command, *options], env={**os.environ, **places})
    url = f"http://127.0.0.1:{port}/"
    try:
        wait_until(lambda: _answers(url, process), READY_S)
        yield url
    finally:
        process.terminate()
        process.wait()


def _answers(url, process):
    assert process.poll() is None, "the bare server has ended"
    with suppress(requests.ConnectionError):
        return requests.get(url, timeout=5).ok
    return False
