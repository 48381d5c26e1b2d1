"""The last part of a restore: what was there goes aside, what was brought back goes in.

It may die anywhere and be started again: from the first change of the store until the suite is started a note says
which snapshot is being put there, so that what is in its place already is not taken for recordings that somebody would
lose, and how far that is.
"""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from soniclayer.backup import proofs
from soniclayer.backup.brought import remove_brought
from soniclayer.backup.ownership import give_config, give_uploads
from soniclayer.backup.places import ASIDE
from soniclayer.backup.put_back import put_aside, put_config, put_uploads
from soniclayer.errors import BackupError
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self

    from soniclayer.backup.brought import Brought
    from soniclayer.backup.places import Places

UNDER_WAY = "restore-under-way.json"
"""In the folder of backups."""

_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700


_CLEARING, _PUTTING, _PLACED = "clearing", "putting", "placed"
"""How far it is: what was here goes aside; what was brought goes in; all of it is in."""


@dataclass(frozen=True)
class _Note:
    """Which snapshot comes, where what was there goes, and how far that is."""

    snapshot: str
    uploads_aside: str
    config_aside: str
    stage: str = _CLEARING

    @property
    def aside(self) -> tuple[str, ...]:
        """The folders in which anything lies that was there before."""
        return tuple(path for path in (self.uploads_aside, self.config_aside) if _has_content(Path(path)))


class Way:
    """Of one snapshot into one store; it goes on where an earlier try with the same snapshot has ended."""

    def __init__(self, places: Places, snapshot: str) -> None:
        self.snapshot = snapshot
        self._places = places
        self._path = places.backups / UNDER_WAY
        self._note = self._noted() or _new(places, snapshot)

    @classmethod
    def broken_off(cls, places: Places, wanted: str | None) -> Self | None:
        """That of an earlier try, if its snapshot is the one that is wanted, whose id may be cut; None: any."""
        note = _read(places.backups / UNDER_WAY)
        return cls(places, note.snapshot) if note and note.snapshot.startswith(wanted or "") else None

    def under_way(self) -> bool:
        """Whether anything was changed for it, and is not done with."""
        return self._noted() is not None

    def stands(self) -> Iterator[str]:
        """Where everything lies now, a line each; where it is under way."""
        note = self._noted()
        if note and note.stage == _CLEARING:
            folders = f"{self._places.uploads} and {note.uploads_aside}"
            yield f"nothing of it has come; what was here is whole: its configuration in place, recordings in {folders}"
        elif note and note.stage == _PUTTING:
            yield "recordings and configuration of it are in their place in part"
        elif note:
            yield "all of it is in its place: only the suite has to be started"
        if note and note.stage != _CLEARING and note.aside:
            yield f"what was here before lies whole in {' and '.join(note.aside)}"

    def refuse_recordings(self, *, force: bool) -> None:
        """Refuse where there are any that no earlier try has put there.

        Raises:
            BackupError: `recordings`.
        """
        found = 0 if force or self.under_way() else len(Recordings(LocalStore(self._places.uploads)).ids())
        if found:
            other = _read(self._path)
            under_way = f"; to go on with what was broken off, name snapshot {other.snapshot[:8]}" if other else ""
            raise BackupError(
                f"{self._places.uploads} has {found} recordings, and nothing was changed; --force moves them aside"
                f"{under_way}",
                code="recordings",
            )

    def put_in_place(self, brought: Brought) -> None:
        """Put in what was brought, and what was there aside.

        Raises:
            BackupError: `no_room`: how far it is cannot be noted.
            OSError: something cannot be moved or written.
        """
        if self._note.stage == _CLEARING:
            if not self.under_way():  # else the disk may be full of what `_copy_config` is to remove
                self._write(_CLEARING)
            put_aside(self._places.uploads, Path(self._note.uploads_aside))
            self._copy_config()
            self._write(_PUTTING)
        if self._note.stage == _PUTTING:
            self._put_in(brought)
            self._write(_PLACED)

    def end(self) -> tuple[str, ...]:
        """All is done: nothing is under way any more. Where lies what was there before."""
        self._path.unlink()
        remove_brought(self._places)
        return self._note.aside

    def _put_in(self, brought: Brought) -> None:
        came = self._places.restoring / brought.uploads.lstrip("/")
        give_uploads(came, self._places.uploads)
        put_uploads(came, self._places.uploads)
        if brought.config and self._places.config:
            came = self._places.restoring / brought.config.lstrip("/")
            give_config(came, self._places.config)
            put_config(came, self._places.config)

    def _copy_config(self) -> None:
        """Of an earlier try half of it may be there."""
        if self._places.config:
            aside = Path(self._note.config_aside)
            aside.parent.mkdir(_PRIVATE_FOLDER, parents=True, exist_ok=True)
            shutil.rmtree(aside, ignore_errors=True)
            shutil.copytree(self._places.config, aside, symlinks=True)

    def _write(self, stage: str) -> None:
        self._note = replace(self._note, stage=stage)
        proofs.replace(self._path, json.dumps(asdict(self._note)).encode(), _PRIVATE_FILE)

    def _noted(self) -> _Note | None:
        note = _read(self._path)
        return note if note and note.snapshot == self.snapshot else None


def _read(path: Path) -> _Note | None:
    """Of the try that was broken off, if there was one."""
    try:
        return _Note(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _new(places: Places, snapshot: str) -> _Note:
    name = f"{ASIDE}{time.strftime('%Y%m%dT%H%M%S')}"
    config = places.backups / name.lstrip(".") / "config"
    return _Note(snapshot, uploads_aside=str(places.uploads / name), config_aside=str(config))


def _has_content(folder: Path) -> bool:
    """An empty one is removed."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    return folder.is_dir()
