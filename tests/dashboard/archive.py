"""A backend with finished recordings, and a worker without models that does what it is told, step by step."""

from __future__ import annotations

import itertools
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.made_programme import MadeProgramme, write_sound
from fake_worker import FakeWorker
from samples import all_personas, take_in, wanted, work_off
from service import Service, running_service

from soniclayer.courier.courier import Courier
from soniclayer.definitions.keys import add_key
from soniclayer.domain.recording import Wanted
from soniclayer.jobs.reconcile import reconcile

if TYPE_CHECKING:
    from collections.abc import Iterator

HOURS = 250
"""Windows of the long recording: 4 hours, 1,000 segments."""

_NUMBERS = itertools.count()


@dataclass
class Archive:
    """`broadcast` is the id of the sample as the real models heard it, `other` that of another recording."""

    service: Service
    courier: Courier
    broadcast: str = ""
    other: str = ""

    @property
    def url(self) -> str:
        """Of the dashboard."""
        return self.service.url

    @property
    def key(self) -> str:
        """Of somebody who may do everything."""
        return self.service.key

    def key_for(self, *scopes: str, name: str = "") -> str:
        """Of somebody who may do less."""
        return add_key(self.service.folder / "keys.yaml", name or f"key-{next(_NUMBERS)}", scopes)

    def add(self, name: str, windows: int = 3, texts: dict[str, str] | None = None) -> str:
        """A finished recording; its id."""
        run = take_in(self.service.store, self._sound(windows).read_bytes(), everything_wanted(), name)
        work_off(run, MadeProgramme(windows, texts))
        self.index()
        return run.recording.audio_id

    def sound(self, name: str, windows: int = 3) -> Path:
        """An audio file that was never uploaded."""
        return self._sound(windows).rename(self.service.folder / name)

    def worker(self, windows: int = 3) -> FakeWorker:
        """Does one step of what was uploaded when it is told to."""
        worker = FakeWorker(self.service.recordings, self.courier)
        worker.engine = MadeProgramme(windows)
        return worker

    def index(self) -> None:
        """Let the list know of everything in the store."""
        reconcile(self.service.recordings, self.courier, everything=True, asks=False)

    def _sound(self, windows: int) -> Path:
        """No two are the same."""
        path = self.service.folder / "sound.flac"
        write_sound(path, MadeProgramme(windows).duration_s, note=f"number {next(_NUMBERS)}")
        return path


@contextmanager
def running_archive(folder: Path, analysed: Path | None = None, **settings: str) -> Iterator[Archive]:
    """A backend over a copy of an analysed store, or over nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    if analysed:
        shutil.copytree(analysed, folder / "uploads")
    settings = {"SONICLAYER_SESSION_KEY": "k" * 32, **settings}
    with running_service(folder, Path("/nowhere"), workers=0, **settings) as service, service.courier() as courier:
        archive = Archive(service, courier)
        archive.index()
        archive.broadcast = next(iter(service.recordings.ids()), "")
        yield archive


def everything_wanted() -> Wanted:
    """All personas that come with SonicLayer."""
    return Wanted(all_personas(), wanted().options)
