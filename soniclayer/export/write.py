"""Putting exports where the user wants them: a file, a folder, or standard output."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from soniclayer.errors import ConfigError
from soniclayer.export.file_names import file_names
from soniclayer.export.formats import FORMATS, Format, export, export_all
from soniclayer.export.replace_file import replace_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from soniclayer.domain.summary import Result


@dataclass(frozen=True)
class Target:
    """Where one format goes: a file, a folder that is there, or standard output when `path` is None."""

    form: Format
    path: Path | None


def plan_exports(wanted: Mapping[Format, str | None], inputs: Sequence[Path]) -> tuple[Target, ...]:
    """Check what the user asked for, before hours of work rest on it.

    Args:
        wanted: format -> PATH, `-`, or None where it was not asked for.
        inputs: the recordings; with several, every PATH must be a folder.

    Raises:
        ConfigError: one line per fault: two `-`, no such folder, one file for several recordings or formats,
        or a
            PATH that is one of the recordings.
    """
    targets = [
        Target(form, None if wanted[form] == "-" else Path(str(wanted[form])).expanduser())
        for form in FORMATS
        if wanted.get(form) is not None
    ]
    faults = [fault for target in targets if (fault := _fault(target, inputs))]
    if sum(target.path is None for target in targets) > 1:
        faults.append(f"{_options(targets, None)}: only one export can go to standard output (-)")
    shared = {t.path for t in targets if t.path and not t.path.is_dir() and _same(t.path, targets) > 1}
    faults += [f"{_options(targets, path)}: both name {path}" for path in sorted(shared, key=str)]
    if faults:
        raise ConfigError(*faults)
    return tuple(targets)


def write_exports(results: Sequence[Result], targets: Sequence[Target], stdout: BinaryIO) -> None:
    """Write every target, in UTF-8; a file is either complete or as it was before.

    In a folder files are named after the recording, `<stem>.<format>`, recordings of the same name
    `<stem>.<start of audio_id>.<format>`. On standard output several recordings are one JSON document a
    line, one CSV table, or one after the other with a line between.

    Raises:
        StoreFull: the disk is full.
        StoreError: `export_failed`, when a file cannot be written for another reason.
        BrokenPipeError: nobody reads standard output any more.
    """
    for target in targets:
        if target.path is None:
            stdout.write(export_all(results, target.form).encode())
            stdout.flush()
        elif target.path.is_dir():
            for result, name in zip(results, file_names(results, target.form), strict=True):
                replace_file(target.path / name, export(result, target.form).encode())
        else:
            replace_file(target.path, export_all(results, target.form).encode())


def _fault(target: Target, inputs: Sequence[Path]) -> str | None:
    path, option = target.path, f"--{target.form}"
    if path is None or path.is_dir():
        return None
    if len(inputs) > 1:
        return f"{option} {path}: several recordings need a folder that is there, or -"
    if not path.parent.is_dir():
        return f"{option} {path}: there is no folder {path.parent}"
    if path.exists() and any(given.exists() and path.samefile(given) for given in inputs):
        return f"{option} {path}: this is the recording itself"
    return None


def _same(path: Path, targets: Sequence[Target]) -> int:
    return sum(target.path is not None and target.path.resolve() == path.resolve() for target in targets)


def _options(targets: Sequence[Target], path: Path | None) -> str:
    return ", ".join(f"--{target.form}" for target in targets if target.path == path)
