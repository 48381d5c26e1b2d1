"""A machine with the suite and Langflow, whose Python environment is built once per lock and kept."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import subprocess
from typing import TYPE_CHECKING

from debian_machine import running_machine
from installed_suite import CHECKOUT, InstalledSuite, make
from langflow.stub_model import StubModel
from samples import ROOT
from wheelhouse import FETCH_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from debian_machine import DebianMachine

WHEELHOUSE = "/root/wheelhouse"
FROM_FOLDERS = ("--wheelhouse", WHEELHOUSE)
BUILT_BY = ("requirements/langflow.txt", "requirements/install.sh", "deploy/install/langflow.sh")
PLACE = "opt/soniclayer/langflow"


@contextlib.contextmanager
def machine_for_langflow(folder: Path, layers: list[Path], cache: Path) -> Iterator[DebianMachine]:
    """One on which `make install-langflow` has all it needs, offline: the environment itself, or wheels for it.

    Whoever has had the wheels made into an environment calls `keep_environment`.
    """
    built = _built(cache, layers)
    if built.is_dir():
        with running_machine(folder, [built, *layers]) as machine:
            yield machine
        return
    with running_machine(folder, layers, online=True) as machine:
        fetch = (f"{CHECKOUT}/requirements/wheelhouse.sh", "/opt/soniclayer/current/venv", WHEELHOUSE, "langflow")
        machine.run(*fetch, timeout=FETCH_S)
        machine.disconnect()
        yield machine


def keep_environment(machine: DebianMachine, layers: list[Path], cache: Path) -> None:
    """As a layer for the machines of other sessions, unless it is one already."""
    built = _built(cache, layers)
    if built.is_dir():
        return
    unfinished = built.with_suffix(".tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    (unfinished / PLACE).mkdir(parents=True)
    environment = machine.path(f"/{PLACE}/current").readlink()
    subprocess.run(["cp", "-a", machine.path(f"/{PLACE}") / environment, unfinished / PLACE], check=True)
    unfinished.rename(built)


@contextlib.contextmanager
def model_in(machine: DebianMachine) -> Iterator[StubModel]:
    """A language model that listens on the machine's loopback."""
    with machine.network():
        model = StubModel()
    try:
        yield model
    finally:
        model.close()


def install_langflow(machine: DebianMachine, model: StubModel) -> str:
    """What `make install-langflow` says; the address of the model was in langflow.env before."""
    machine.path("/opt/soniclayer/config/langflow.env").write_text(f"SONICLAYER_LLM_BASE_URL={model.url}\n")
    return make(machine, "install-langflow", *FROM_FOLDERS).stdout


def opinions(suite: InstalledSuite, audio_id: str) -> list[tuple[str, dict]]:
    """Text of a segment, and an evaluation of it."""
    answer = suite.ask("GET", f"/segments/{audio_id}").json()
    return [(one["segment"]["text"], said) for one in answer["segments"] for said in one["evaluations"]]


def _built(cache: Path, layers: list[Path]) -> Path:
    """By what makes it what it is, and by the base, whose Python it was made with."""
    recipe = b"".join((ROOT / name).read_bytes() for name in BUILT_BY) + layers[-1].name.encode()
    return cache / f"langflow-{hashlib.sha256(recipe).hexdigest()[:12]}"
