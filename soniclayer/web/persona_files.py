"""The personas as they are now: a file is read again as soon as it has changed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from soniclayer import log
from soniclayer.definitions.personas import load_persona, persona_paths
from soniclayer.domain.persona import Persona
from soniclayer.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from soniclayer.domain.labels import Labels

Signature = tuple[tuple[str, int, int, int], ...]
"""Name, time of change, size and inode of every file."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class PersonasNow:
    """All personas, sorted by name, and what is wrong with files, by persona.

    Where something is, the persona is as it was before, or missing where the file is new.
    """

    personas: tuple[Persona, ...]
    faults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class PersonaFiles:
    """Safe to share between threads. A file with faults changes nothing: what it said before stays good.

    Every process of the backend looks for itself. One that is started while a file has faults does not know what that
    said before, unless the backend as a whole has been started with it.

    Args:
        folder: of the persona files.
        labels: the topics and tones that personas may name.
        personas: as they were when the backend was started.
    """

    def __init__(self, folder: Path, labels: Labels, personas: Iterable[Persona]) -> None:
        self._folder = folder
        self._labels = labels
        self._lock = threading.Lock()
        self._now = PersonasNow(tuple(personas))
        self._signature: Signature | None = None

    def now(self) -> PersonasNow:
        """As the files are at this moment; a look at each, and no more while none has changed."""
        signature = self._sign()
        if signature != self._signature:
            with self._lock:
                if signature != self._signature:
                    self._now = self._read()
                    self._signature = signature
        return self._now

    def _sign(self) -> Signature:
        found = []
        for path in persona_paths(self._folder):
            try:
                status = path.stat()
            except OSError:  # it is gone again, or leads nowhere
                continue
            found.append((path.name, status.st_mtime_ns, status.st_size, status.st_ino))
        return tuple(found)

    def _read(self) -> PersonasNow:
        before = {persona.name: persona for persona in self._now.personas}
        personas: dict[str, Persona] = {}
        faults: dict[str, tuple[str, ...]] = {}
        for path in persona_paths(self._folder):
            name = path.stem
            try:
                personas[name] = load_persona(path, self._labels)
            except ConfigError as error:
                faults[name] = tuple(fault.removeprefix(f"{self._folder.parent}/") for fault in error.faults)
                personas |= {name: before[name]} if name in before else {}
        if not personas:  # a folder that is being replaced, say
            personas, faults = before, faults or {"": (f"{self._folder.name}: no persona here",)}
        self._tell(personas, faults)
        return PersonasNow(tuple(personas[name] for name in sorted(personas)), faults)

    def _tell(self, personas: Mapping[str, Persona], faults: Mapping[str, tuple[str, ...]]) -> None:
        for told in faults.values():
            log.event(_LOG, "persona stays as it was", logging.ERROR, fault="; ".join(told), folder=self._folder)
        log.event(_LOG, "personas read", folder=self._folder, personas=len(personas), faulty=len(faults) or None)
