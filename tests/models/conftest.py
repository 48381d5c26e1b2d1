from __future__ import annotations

import hashlib
import os
import threading
import time
import zipfile
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from soniclayer.models.catalogue import Model

REVISION = "0123456789" * 4


class HubServer(ThreadingHTTPServer):
    """A model hub: serves `files` by repository path, answers Range, and breaks off as `cuts` says, in order.

    A cut is the number of bytes sent before the connection is closed; with `hold` it stays open and silent.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), HubAnswer)
        self.files: dict[str, bytes] = {}
        self.cuts: list[int] = []
        self.hold = False
        self.answers_range = True
        self.asked: list[tuple[str, str | None]] = []
        self.stop = threading.Event()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def times_asked(self) -> Counter[str]:
        return Counter(path.rsplit("/", 1)[-1] for path, _ in self.asked)


class HubAnswer(BaseHTTPRequestHandler):
    server: HubServer

    def do_GET(self) -> None:
        hub, asked_range = self.server, self.headers["Range"]
        hub.asked.append((self.path, asked_range))
        content = hub.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = int(asked_range.removeprefix("bytes=").rstrip("-")) if asked_range and hub.answers_range else 0
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        cut = hub.cuts.pop(0) if hub.cuts else None
        self.wfile.write(content[start:] if cut is None else content[start : start + cut])
        if cut is not None and hub.hold:
            hub.stop.wait(60)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def hub():
    server = HubServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.stop.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def small_model():
    """Make a model of given files whose source is the hub, and put its files there."""

    def make(hub: HubServer | None, **files: bytes) -> Model:
        entries = []
        for key, content in files.items():
            name = key.replace("_", ".")
            entries.append({"name": name, "sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)})
            if hub:
                hub.files[f"/somebody/small/resolve/{REVISION}/{name}"] = content
        sources = [{"kind": "hub", "repo": "somebody/small", "revision": REVISION}] if hub else []
        return Model.model_validate(
            {"name": "small", "purpose": "tests", "licence": "MIT", "files": entries, "sources": sources}
        )

    return make


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """An index of wheels made here; pip sees nothing else."""
    index = tmp_path / "wheels"
    index.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))

    def make(name: str, **members: bytes) -> None:
        info = f"{name}-1.0.dist-info"
        metadata = {
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/RECORD": "",
        }
        with zipfile.ZipFile(index / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
            for path, text in metadata.items():
                wheel.writestr(path, text)
            for key, content in members.items():
                wheel.writestr(f"{name}/{key.replace('_', '.')}", content)

    make.index = index
    return make


@pytest.fixture
def wait_until():
    def wait(condition, deadline_s: float = 20) -> None:
        end, tick = time.monotonic() + deadline_s, threading.Event()
        while not condition():
            assert time.monotonic() < end, "the condition did not come true in time"
            tick.wait(0.01)

    return wait
