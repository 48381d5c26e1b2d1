"""One nginx with a real backend for all tests here, and nginxes alone for those that want no backend."""

from __future__ import annotations

import itertools
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fake_worker import FakeWorker
from nginx_site import Site, running_site
from service import Service, wait_until

_NUMBERS = itertools.count()


@dataclass
class Behind:
    """What stands behind nginx; `http` is a visitor with a key, from an address that no other test has."""

    site: Site
    service: Service
    worker: FakeWorker

    def __post_init__(self) -> None:
        self.key = self.service.key
        self.http = self.site.visitor(**{"X-API-Key": self.key})
        self.api = f"{self.site.url}/api"

    def get(self, path: str, **options):
        return self.http.get(f"{self.site.url}{path}", timeout=30, **options)

    def logged(self, request_id: str) -> str:
        """The backend's line about a request; it is written after the answer."""
        lines: list[str] = []

        def is_there() -> bool:
            log = (self.site.root / "backend.log").read_text()
            lines[:] = [line for line in log.splitlines() if f"request={request_id}" in line]
            return bool(lines)

        wait_until(is_there, 20, self.service.told)
        return lines[0]

    def upload(self, folder: Path, size_bytes: int = 1000):
        """The answer to an upload of bytes that were never there before."""
        path = folder / "a.flac"
        path.write_bytes(b"fLaC\x00\x00\x00\x22" + next(_NUMBERS).to_bytes(8, "big") + bytes(size_bytes))
        with path.open("rb") as file:
            return self.http.post(f"{self.api}/evaluate/", files={"file": file}, timeout=60)


@pytest.fixture(scope="session")
def shared_site():
    """A site that stays up."""
    with running_site() as running:
        yield running


@pytest.fixture
def behind(shared_site):
    site, service = shared_site
    with service.courier() as courier:
        yield Behind(site, service, FakeWorker(service.recordings, courier))


@pytest.fixture
def own_site():
    """Makes a site of the test's own without a backend; `make(started=True, **replaced)`."""
    with TemporaryDirectory() as folder, ExitStack() as ended:

        def make(*, started: bool = True, domain: str = "127.0.0.1", **replaced: str) -> Site:
            site = Site(Path(folder), domain)
            site.make(**replaced)
            if started:
                site.start()
                ended.callback(site.end)
            return site

        yield make
