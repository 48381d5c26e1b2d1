"""A real Langflow for tests: its virtual environment, flows, and one server as langflow.service starts it."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import requests
from redis_server import WITH_US
from samples import CONFIG, ROOT
from service import free_port, wait_until

from soniclayer.installation import read_env_file

LOCK = ROOT / "requirements/langflow.txt"
DEPLOYED = ROOT / "deploy/langflow"
UP_S = 240.0
"""It takes 20 s alone, and three times that on a busy machine."""

LLM_TIMEOUT_S = 3.0


def langflow_python() -> Path:
    """The Python of a virtual environment with what the lock names; made once per lock, in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "soniclayer/langflow"
    name = f"{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:8]}-py{sys.version_info[0]}.{sys.version_info[1]}"
    venv, complete = cache / name, cache / f"{name}.complete"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests of two checkouts
        if not complete.exists():
            _make(venv)
            complete.touch()
    return venv / "bin/python"


def _make(venv: Path) -> None:
    shutil.rmtree(venv, ignore_errors=True)
    options = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "--compile-bytecode")
    for command in (
        ("venv", "--python", sys.executable, "--no-python-downloads", venv),
        ("pip", "install", "--python", venv / "bin/python", *options, "-r", LOCK),
    ):
        subprocess.run([sys.executable, "-m", "uv", "--quiet", *command], check=True)


def generate_flows(python: Path, folder: Path, personas: Path = CONFIG) -> Path:
    """Flows of the personas of a configuration, as an installation makes them."""
    folder.mkdir(parents=True, exist_ok=True)
    described = folder / "personas.txt"
    with described.open("wb") as file:
        subprocess.run(
            [sys.executable, "-m", "soniclayer", "personas", "flows", "--config-dir", personas],
            stdout=file,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=True,
        )
    run_generator(python, described, folder).check_returncode()
    return folder


def run_generator(python: Path, described: Path, folder: Path, **environment: str) -> subprocess.CompletedProcess:
    """generate.py, and what it says."""
    return subprocess.run(
        [python, DEPLOYED / "generate.py", described, folder],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=UP_S,
    )


class LangflowServer:
    """One server with its own folder; `flows` may change between two starts."""

    def __init__(self, python: Path, folder: Path, flows: Path, llm_url: str) -> None:
        self.flows = flows
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.log = folder / "langflow.log"
        self.secrets = {
            "langflow_api_key": secrets.token_hex(16),
            "langflow_password": secrets.token_hex(16),
            "langflow_secret_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "llm_api_key": secrets.token_hex(16),
        }
        self._python = python
        self._llm_url = llm_url
        self._llm_timeout_s = LLM_TIMEOUT_S

    @property
    def api_key(self) -> str:
        return self.secrets["langflow_api_key"]

    def start(self) -> None:
        """Start it; returns when it answers."""
        self.launch()
        self.wait_ready()

    def launch(self) -> None:
        """Start it and return at once."""
        assert self.process is None, "it runs already"
        for name in ("state", "run", "credentials"):
            (self.folder / name).mkdir(exist_ok=True)
        for name, text in self.secrets.items():
            (self.folder / "credentials" / name).write_text(text)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*WITH_US, self._python, DEPLOYED / "start.py"],
                env=self._environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_ready(self) -> None:
        """Until it answers."""
        wait_until(lambda: self._answers() or self.process.poll() is not None, UP_S, self.told)
        assert self.process.poll() is None, self.told()

    def kill(self) -> None:
        """SIGKILL, to it and to its children, who would go on serving without it."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=UP_S)
        self.process = None
        wait_until(self._port_is_free, UP_S, self.told)

    @contextmanager
    def asking(self, llm_url: str, timeout_s: float):
        """A time in which its flows ask another model; it is down afterwards."""
        before = self._llm_url, self._llm_timeout_s
        self._llm_url, self._llm_timeout_s = llm_url, timeout_s
        try:
            self.kill()
            self.start()
            yield
        finally:
            self._llm_url, self._llm_timeout_s = before
            self.kill()

    def run(self, flow: str, input_value: object) -> requests.Response:
        """Run a flow, past our client."""
        return requests.post(
            f"{self.url}/api/v1/run/{flow}",
            json={"input_value": input_value, "input_type": "chat", "output_type": "chat"},
            headers={"x-api-key": self.api_key},
            timeout=60,
        )

    def told(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-5000:]

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/health_check", timeout=10).status_code == 200
        except requests.RequestException:
            return False

    def _port_is_free(self) -> bool:
        with socket.socket() as ours:
            return ours.connect_ex(("127.0.0.1", self.port)) != 0

    def _environment(self) -> dict[str, str]:
        """As the unit, headless.env and config/langflow.env give it."""
        return {
            **read_env_file(DEPLOYED / "headless.env"),
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / "state"),
            "TMPDIR": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "1",
            "CREDENTIALS_DIRECTORY": str(self.folder / "credentials"),
            "STATE_DIRECTORY": str(self.folder / "state"),
            "RUNTIME_DIRECTORY": str(self.folder / "run"),
            "LANGFLOW_PORT": str(self.port),
            "LANGFLOW_COMPONENTS_PATH": str(DEPLOYED / "components"),
            "SONICLAYER_FLOWS_PATH": str(self.flows),
            "SONICLAYER_LLM_BASE_URL": self._llm_url,
            "SONICLAYER_LLM_MODEL": "asked-model",
            "SONICLAYER_LLM_TIMEOUT_S": str(self._llm_timeout_s),
        }
