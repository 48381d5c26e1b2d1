"""A real backend for those who read: gunicorn with two processes, its own Redis, and a worker without models."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import pytest
from fake_worker import FakeWorker
from service import Service, running_service

_NUMBERS = itertools.count()


@dataclass
class Reading:
    """The backend, and the worker; `get` and so on take paths."""

    service: Service
    worker: FakeWorker

    def upload(self, folder: Path, name: str = "a.flac") -> str:
        """Upload a few bytes that were never there before, for two personas."""
        path = folder / name
        path.write_bytes(b"fLaC\x00\x00\x00\x22" + next(_NUMBERS).to_bytes(8, "big") + bytes(1000))
        return self.service.upload(path, personas="gen_z,tradie")

    def finished(self, folder: Path, name: str = "a.flac") -> str:
        """A recording of which all is done."""
        audio_id = self.upload(folder, name)
        self.worker.finish(audio_id)
        return audio_id

    def get(self, path: str, **options):
        return self.service.get(path, **options)

    def post(self, path: str, **options):
        return self.service.http.post(f"{self.service.url}{path}", timeout=30, **options)

    def delete(self, path: str):
        return self.service.http.delete(f"{self.service.url}{path}", timeout=30)


@pytest.fixture(scope="session")
def shared_backend(tmp_path_factory):
    """One for all tests here: none of them stops it."""
    with running_service(
        tmp_path_factory.mktemp("backend"), Path("/nowhere"), workers=0, SONICLAYER_SESSION_KEY="k" * 32
    ) as service:
        yield service


@pytest.fixture
def backend(shared_backend):
    """The shared backend, with a worker."""
    with shared_backend.courier() as courier:
        yield Reading(shared_backend, FakeWorker(shared_backend.recordings, courier))
