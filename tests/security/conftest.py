"""One nginx with a real backend for all tests here, one engine child, and a canary."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest
from canary import Canary
from nginx_site import Site, running_site
from raw_http import Answer, form, part, read_answer
from samples import engine_config
from service import Service, wait_until

from soniclayer.engines.child import EngineChild

MAX_DURATION_S = 120.0
_MARKS = itertools.count(1)


@dataclass
class Place:
    """What the world sees; `http` is somebody with a key, from an address that no other test has."""

    site: Site
    service: Service

    def __post_init__(self) -> None:
        self.key = self.service.key
        self.http = self.site.visitor(**{"X-API-Key": self.key})
        self.api = f"{self.site.url}/api"

    def upload(self, data: bytes, name: str = "a.wav", **fields: str):
        """The answer to an upload; the name goes out as it stands."""
        fields_first = [part(field, value.encode()) for field, value in fields.items()]
        body = form(*fields_first, part("file", data, name))
        headers = {"Content-Type": "multipart/form-data; boundary=limit"}
        return self.http.post(f"{self.api}/evaluate/", data=body, headers=headers, timeout=60)

    def exactly(self, path: str, **headers: str) -> Answer:
        """The answer to a path as it stands, each time asked from another address: nobody is limited."""
        number = next(_MARKS)
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        with self.site.connect(f"127.1.{number // 250}.{number % 250 + 2}") as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{lines}\r\n".encode())
            return read_answer(connection)

    def lines(self) -> dict[str, list[str]]:
        """All that nginx and the backend have logged, once they have logged all that was asked before."""
        mark = f"security-{next(_MARKS):06d}"
        self.http.get(f"{self.api}/recordings", headers={"X-Request-ID": mark}, timeout=30)
        wait_until(lambda: all(mark in text for text in self._logs().values()), 20, self.site.told)
        return {name: text.splitlines() for name, text in self._logs().items()}

    def _logs(self) -> dict[str, str]:
        files = {"nginx": self.site.folder / "soniclayer.access.log", "backend": self.site.root / "backend.log"}
        return {name: file.read_bytes().decode("utf-8", "replace") for name, file in files.items()}


@pytest.fixture(scope="session")
def secured_site():
    """It stays up."""
    with running_site() as running:
        yield running


@pytest.fixture
def place(secured_site):
    return Place(*secured_site)


@pytest.fixture
def canary(tmp_path):
    folder = tmp_path / "canary"
    folder.mkdir()
    canary = Canary(folder)
    canary.touched()
    yield canary
    canary.close()


@pytest.fixture(scope="session")
def decoder(models):
    """An engine child as workers have it: what decodes hostile bytes."""
    child = EngineChild(engine_config(models, max_duration_s=MAX_DURATION_S), 2**31)
    yield child
    child.stop()
