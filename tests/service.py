"""The whole service as real processes, for tests: its own Redis, backend and workers, to upload to and to kill.

with running_service(folder, models, workers=2) as service:
    audio_id = service.upload(path)
    service.wait_ended([audio_id])
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import requests
from redis_server import RedisServer, close_courier, open_test_courier
from samples import CONFIG, ROOT, results_of

from soniclayer.definitions.keys import add_key
from soniclayer.domain.state import ENDED, state_of
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings

READY_S = 60.0
POLL_S = 0.05


@dataclass
class Service:
    """Redis, a backend and workers below one folder. Processes are named `backend`, `worker-1`, `worker-2`, ..."""

    folder: Path
    models: Path
    settings: dict[str, str]
    redis: RedisServer = field(default_factory=lambda: RedisServer(appendfsync="always"))
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.store = LocalStore(self.folder / "uploads")
        self.recordings = Recordings(self.store)
        self.key = add_key(self.folder / "keys.yaml", "tests", ("read", "write", "admin"))
        self.http = requests.Session()
        self.http.headers["X-API-Key"] = self.key

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "REDIS_URL": self.redis.url,
            "SONICLAYER_CONFIG_DIR": str(CONFIG),
            "SONICLAYER_KEYS_FILE": str(self.folder / "keys.yaml"),
            "SONICLAYER_UPLOADS_DIR": str(self.folder / "uploads"),
            "SONICLAYER_RUN_DIR": str(self.folder / "run"),
            "SONICLAYER_BACKUPS_DIR": str(self.folder / "backups"),
            "SONICLAYER_MODELS_DIR": str(self.models),
            "SONICLAYER_WHISPER_MODEL": "whisper-tiny.en",
            "SONICLAYER_WHISPER_LANGUAGE": "en",
            "SONICLAYER_UPLOADS_PER_MINUTE": "100000",
            "SONICLAYER_REQUESTS_PER_SECOND": "100000",
            "SONICLAYER_REQUESTS_BURST": "100000",
            "SONICLAYER_MIN_FREE_BYTES": "0",
            **self.settings,
        }

    def start(self, name: str, command: list[str] | None = None) -> None:
        """Start a process by its name; returns at once."""
        command = command or (
            ["backend", "--bind", f"127.0.0.1:{self.port}"] if name == "backend" else ["worker", "--name", name]
        )
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "soniclayer", *command], env=self.environment, stdout=log, stderr=log
            )

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        """Kill a process and wait for its end."""
        process = self.processes.pop(name)
        process.send_signal(how)
        process.wait(timeout=READY_S)

    def children(self, name: str) -> list[int]:
        """The process ids of a process's children: engine children, or gunicorn's workers."""
        pid = self.processes[name].pid
        found = Path(f"/proc/{pid}/task").glob("*/children")
        return [int(child) for path in found for child in path.read_text().split()]

    def wait_ready(self) -> None:
        """Until the backend answers."""
        wait_until(self._answers, READY_S, self.told)

    def upload(self, path: Path, **fields: str) -> str:
        """The id of what was uploaded."""
        with path.open("rb") as file:
            answer = self.http.post(f"{self.url}/evaluate/", files={"file": file}, data=fields, timeout=READY_S)
        assert answer.status_code in {200, 202}, answer.text
        return answer.json()["audio_id"]

    def get(self, path: str, **options) -> requests.Response:
        """Ask the backend."""
        return self.http.get(f"{self.url}{path}", timeout=READY_S, **options)

    def state(self, audio_id: str) -> str:
        """As the store tells it, whether the backend runs or not."""
        return state_of(self.run(audio_id).survey())

    def run(self, audio_id: str):
        """The run of a recording."""
        return self.recordings.run(self.recordings.get(audio_id))

    def wait_ended(self, audio_ids: list[str], timeout_s: float = 120.0) -> None:
        """Until all of these have ended."""
        wait_until(lambda: all(self.state(audio_id) in ENDED for audio_id in audio_ids), timeout_s, self.told)

    def results(self) -> dict[str, bytes]:
        """Everything that was computed."""
        return results_of(self.store)

    @contextlib.contextmanager
    def courier(self):
        """A look at its Redis."""
        courier = open_test_courier(self.redis.url)
        try:
            yield courier
        finally:
            close_courier(courier)

    def told(self) -> str:
        """The last lines of all logs."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"--- {path.name}\n{path.read_text(errors='replace')[-3000:]}" for path in logs)

    def end(self) -> None:
        """Kill everything."""
        for name in list(self.processes):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.kill(name)
        self.redis.remove()

    def _answers(self) -> bool:
        with contextlib.suppress(requests.ConnectionError, requests.Timeout):  # it listens before a process serves
            return requests.get(f"{self.url}/health/live", timeout=5).status_code == 200
        return False


@contextlib.contextmanager
def running_service(folder: Path, models: Path, workers: int = 2, redis: RedisServer | None = None, **settings: str):
    """A service that is up: `running_service(tmp_path, models, SONICLAYER_WORKER_GRACE_S="1")`.

    Its Redis syncs every write, unless it is given another: it may be killed, and what it answered is checked.
    """
    folder.mkdir(exist_ok=True)
    service = Service(folder, models, settings, *([redis] if redis else []))
    try:
        service.redis.start()
        service.start("backend")
        for number in range(1, workers + 1):
            service.start(f"worker-{number}")
        service.wait_ready()
        yield service
    finally:
        service.end()


def wait_until(holds, timeout_s: float, told=lambda: "") -> None:
    """Wait for a condition; what `told` says is in the failure."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, f"not within {timeout_s} s\n{told()}"
        time.sleep(POLL_S)


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
