"""Bring a model: each file from the first source that has it, verified; then all of them in place at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soniclayer.errors import ModelError
from soniclayer.models.catalogue import FolderSource, HubSource
from soniclayer.models.condition import State, file_fault, find_condition, find_pins, partial_dir
from soniclayer.models.folder import Pin, hash_file, read_record, write_record
from soniclayer.models.hub import Hub
from soniclayer.models.local_folder import bring_from_folder
from soniclayer.models.lock import hold_lock
from soniclayer.models.place import disk_faults, put_in_place
from soniclayer.models.registry import Registry
from soniclayer.models.source import Order, SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from soniclayer.models.catalogue import Model, ModelFile, Source
    from soniclayer.models.progress import FetchProgress


class Fetcher:
    """Fetches models into one folder.

    Args:
        models_dir: folder of all models; made when it is missing.
        progress: is told what happens.
        environment: HF_ENDPOINT and HF_HUB_OFFLINE are read from it.
        only: a local folder to take everything from; None: the catalogue's sources.
        record: take files whose hash the catalogue does not know, and record what they are.
    """

    def __init__(
        self,
        models_dir: Path,
        progress: FetchProgress,
        environment: Mapping[str, str],
        *,
        only: Path | None = None,
        record: bool = False,
    ) -> None:
        self._models_dir = models_dir
        self._progress = progress
        self._only = only
        self._record = record
        self._hub = Hub(environment)
        self._registry = Registry()

    def fetch(self, model: Model) -> bool:
        """Make the model ready; what is there and right is kept. Safe to run again, and for several at once.

        Returns:
            False when it was ready already.

        Raises:
            ModelError: no source has a file, or the disk is full or not writable. What was verified is kept.
        """
        with disk_faults(model, self._models_dir):
            if self._is_ready(model):
                return False
            self._models_dir.mkdir(parents=True, exist_ok=True)
            lock = self._models_dir / f".{model.name}.lock"
            with hold_lock(lock, lambda: self._progress.waiting(model.name)):
                if self._is_ready(model):  # the other fetch has done it
                    return False
                self._bring_all(model)
                return True

    def _is_ready(self, model: Model) -> bool:
        return find_condition(model, self._models_dir, hashed=True).state is State.READY

    def _bring_all(self, model: Model) -> None:
        folder, partial = self._models_dir / model.name, partial_dir(self._models_dir, model.name)
        pins = {**read_record(partial), **find_pins(model, folder)}
        self._refuse_unknown(model, pins)
        wanted = [f for f in model.files if file_fault(folder / f.name, pins.get(f.name), hashed=True)]
        sizes = [pins[file.name].size_bytes if file.name in pins else None for file in wanted]
        self._progress.start(model.name, None if None in sizes else sum(size or 0 for size in sizes))
        partial.mkdir(exist_ok=True)
        for file in wanted:
            if file.name in pins:
                self._bring(model, file, pins[file.name], partial)
            else:
                pins[file.name] = self._bring(model, file, None, partial)
                write_record(partial, pins)  # what a fetch that is interrupted goes by
        put_in_place(partial, folder, [f.name for f in wanted], {f.name: pins[f.name] for f in model.files})

    def _refuse_unknown(self, model: Model, pins: Mapping[str, Pin]) -> None:
        unknown = [file.name for file in model.files if file.name not in pins]
        if unknown and not self._record:
            raise ModelError(
                f"model {model.name}: no hash is known of {', '.join(unknown)}: with --record they are taken "
                "as the source has them today, recorded, and checked from then on"
            )

    def _bring(self, model: Model, file: ModelFile, pin: Pin | None, partial: Path) -> Pin:
        """One file into the partial folder; what an earlier fetch verified there is kept."""
        done = partial / file.name
        if pin is not None and file_fault(done, pin, hashed=True) is None:
            self._progress.file_done(file.name, pin.size_bytes, "an earlier fetch")
            return pin
        failures = []
        for source in self._sources(model, file):
            part = partial / f"{file.name}.{source.kind}.part"
            order = Order(model, file, pin.size_bytes if pin else None, part, partial / "scratch", self._progress)
            try:
                actual = self._take(source, order, pin)
            except SourceError as error:
                failures.append(f"{_title(source)}: {error}")
                continue
            part.replace(done)
            self._progress.file_done(file.name, actual.size_bytes, _title(source))
            return actual
        raise ModelError(f"model {model.name}: no source for {file.name}: {self._reasons(failures)}")

    def _sources(self, model: Model, file: ModelFile) -> Sequence[Source]:
        if self._only is not None:
            return (FolderSource(kind="folder", path=self._only),)
        return [source for source in model.sources if source.has(file.name)]

    def _take(self, source: Source, order: Order, pin: Pin | None) -> Pin:
        """Bring the file from one source and check it; a continued one that turns out wrong is begun anew."""
        if pin is None:  # nothing would tell when two halves do not fit
            order.part.unlink(missing_ok=True)
        continued = order.part.exists()
        self._ask(source, order)
        actual = hash_file(order.part)
        if pin is None or actual == pin:
            return actual
        order.part.unlink()
        if continued:
            return self._take(source, order, pin)
        raise SourceError(_difference(actual, pin))

    def _ask(self, source: Source, order: Order) -> None:
        if isinstance(source, FolderSource):
            bring_from_folder(source, order)
        elif isinstance(source, HubSource):
            self._hub.bring(source, order)
        else:
            self._registry.bring(source, order)

    def _reasons(self, failures: Sequence[str]) -> str:
        reasons = "; ".join(failures) or "the catalogue lists none"
        if self._only is not None:
            return reasons
        return f"{reasons}: copy a models folder that has it here, then fetch with --from DIR"


def _difference(actual: Pin, pin: Pin) -> str:
    if actual.size_bytes != pin.size_bytes:
        return f"got {actual.size_bytes} bytes, expected {pin.size_bytes}"
    return f"got SHA-256 {actual.sha256}, expected {pin.sha256}"


def _title(source: Source) -> str:
    if isinstance(source, FolderSource):
        return f"folder {source.path}"
    return f"hub {source.repo}" if isinstance(source, HubSource) else "package registry"
