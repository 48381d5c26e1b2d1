"""The suite as it is installed on a machine: to ask, to upload to, to wait for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests
from debian_machine import DebianMachine
from requests.adapters import HTTPAdapter
from samples import ROOT
from service import wait_until

from soniclayer.domain.state import ENDED, state_of
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings

if TYPE_CHECKING:
    from pathlib import Path

CHECKOUT = "/root/soniclayer"
NOT_COPIED = (".git", ".venv", ".*_cache", ".hypothesis", "__pycache__", "dist", "build", "tests")
SONICLAYER = "/usr/local/bin/soniclayer"
ANSWER_S = 30.0
INSTALL_S = 600.0

KEY = re.compile(r"slk_[A-Za-z0-9_-]+")
UNITS = ("soniclayer*", "redis-server@soniclayer*", "nginx*")
FACTS = ("Id", "ActiveState", "SubState", "MainPID", "InvocationID", "NRestarts")

TEST_SETTINGS = {
    "worker.env": {"SONICLAYER_WHISPER_MODEL": "whisper-tiny.en", "SONICLAYER_WHISPER_LANGUAGE": "en"},
    "backend.env": {
        "SONICLAYER_WHISPER_MODEL": "whisper-tiny.en",
        "SONICLAYER_WHISPER_LANGUAGE": "en",
        "SONICLAYER_UPLOADS_PER_MINUTE": "100000",
        "SONICLAYER_REQUESTS_PER_SECOND": "100000",
        "SONICLAYER_REQUESTS_BURST": "100000",
        "SONICLAYER_MIN_FREE_BYTES": "0",
    },
}


@dataclass
class InstalledSuite:
    """`key` may do everything. `ask` goes to the backend itself, `ask_nginx` through nginx over TLS."""

    machine: DebianMachine
    key: str
    url: str = "http://127.0.0.1:8000"

    def ask(self, method: str, path: str, **options) -> requests.Response:
        """One request on a connection of its own, from any thread."""
        headers = {"X-API-Key": self.key, "Connection": "close", **options.pop("headers", {})}
        with self.machine.network(), requests.Session() as client:
            return client.request(method, f"{self.url}{path}", headers=headers, timeout=ANSWER_S, **options)

    def ask_nginx(self, method: str, path: str, domain: str = "studio", **options) -> requests.Response:
        """One request to the site, whose certificate must be the one that was installed."""
        headers = {"X-API-Key": self.key, "Host": domain, **options.pop("headers", {})}
        certificate = str(self.machine.path("/opt/soniclayer/config/tls/fullchain.pem"))
        with self.machine.network(), requests.Session() as client:
            client.mount("https://", _NamedServer(domain))
            url = f"https://127.0.0.1{path}"
            return client.request(
                method, url, headers=headers, timeout=ANSWER_S, verify=certificate, allow_redirects=False, **options
            )

    def upload(self, path: Path, **fields: str) -> str:
        """The id of what was uploaded."""
        with path.open("rb") as file:
            answer = self.ask("POST", "/evaluate/", files={"file": file}, data=fields)
        assert answer.status_code in {200, 202}, answer.text
        return answer.json()["audio_id"]

    def recording(self, audio_id: str) -> dict:
        """What the backend says of it."""
        answer = self.ask("GET", f"/recordings/{audio_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wait_ended(self, audio_ids: list[str], timeout_s: float = 120.0) -> None:
        """Until all of these have ended."""
        wait_until(lambda: all(self.state(audio_id) in ENDED for audio_id in audio_ids), timeout_s, self.told)

    def state(self, audio_id: str) -> str:
        """As the store tells it, whether the backend runs or not."""
        recordings = Recordings(LocalStore(self.machine.path("/opt/soniclayer/uploads")))
        return state_of(recordings.run(recordings.get(audio_id)).survey())

    def text(self, audio_id: str) -> str:
        """What was said in it."""
        return self.ask("GET", f"/transcripts/{audio_id}.txt").text

    def systemctl(self, *words: str, timeout: float = 180.0) -> None:
        """Must succeed."""
        done = self.machine.run("systemctl", *words, check=False, timeout=timeout)
        assert done.returncode == 0, f"systemctl {' '.join(words)}: {done.stderr}\n{self.told()}"

    def main_pid(self, unit: str) -> int:
        """As the machine counts."""
        return int(self.machine.output("systemctl", "show", "--property=MainPID", "--value", unit))

    def fact(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.machine.output("systemctl", "show", f"--property={name}", "--value", unit)

    def running(self) -> str:
        """Units with their processes and starts: the same as long as nothing was started, stopped or restarted."""
        return self.machine.output("systemctl", "show", f"--property={','.join(FACTS)}", *UNITS)

    def journal(self, *options: str) -> str:
        """What units have said, to the last line of those that have just ended."""
        self.machine.run("journalctl", "--sync", check=False)
        return self.machine.output("journalctl", "--no-pager", "--output=short-precise", *options)

    def told(self) -> str:
        """For a failure: units, the end of the journal, nginx's complaints."""
        units = self.machine.run("systemctl", "list-units", "--all", "--no-pager", *UNITS, check=False).stdout
        nginx = self.machine.run("tail", "--lines=20", "/var/log/nginx/error.log", check=False).stdout
        return f"{units}\n{self.journal('--lines=60')}\n{nginx}"


def copy_checkout(machine: DebianMachine) -> None:
    """What a sysadmin has after `git clone`, without what installing needs not."""
    machine.copy_in(ROOT, CHECKOUT, without=NOT_COPIED)


def make(machine: DebianMachine, target: str, *options: str, check: bool = True):
    """`make TARGET` in the checkout, with INSTALL=options."""
    words = [f"INSTALL={' '.join(options)}"] if options else []
    return machine.run("make", "--directory", CHECKOUT, target, *words, check=check, timeout=INSTALL_S)


def suite_on(machine: DebianMachine) -> InstalledSuite:
    """With a key of its own."""
    made = machine.output(
        SONICLAYER, "keys", "add", "tests", *(f"--scope={name}" for name in ("read", "write", "admin"))
    )
    return InstalledSuite(machine, KEY.search(made)[0])


def quicken(machine: DebianMachine) -> None:
    """Settings for tests: the small model, no limits. They count from the next start."""
    for name, settings in TEST_SETTINGS.items():
        with machine.path(f"/opt/soniclayer/config/{name}").open("a") as file:
            file.writelines(f"{variable}={value}\n" for variable, value in settings.items())


class _NamedServer(HTTPAdapter):
    """Asks the server at the URL's address for the certificate of `name`."""

    def __init__(self, name: str) -> None:
        self._name = name
        super().__init__()

    def init_poolmanager(self, *args, **options) -> None:
        super().init_poolmanager(*args, **options, server_hostname=self._name, assert_hostname=self._name)
