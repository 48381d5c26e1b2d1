"""A suite whose engine breaks at some recordings, as a bug in a decoder or a model does: it crashes, eats, or hangs.

What breaks is code appended to the installed release, in C where it is to be: the product has no hook for it. What it
does is written into DEED; at which recordings is up to their bytes: see `hostile_file` and `hostile_window`.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import numpy as np
from sound_files import wav

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debian_machine import DebianMachine
    from installed_suite import InstalledSuite

Deed = Literal["crash", "eat", "hang"]

PACKAGE = "/opt/soniclayer/current/venv/lib/python3.11/site-packages/soniclayer"
SETTINGS = "/opt/soniclayer/config/worker.env"
DEED = f"{PACKAGE}/engines/deed"
"""Where an engine child may read: it sees little else."""

MARK = b"LIST\x10\x00\x00\x00INFOpoisonous file"
"""A chunk at the end of a WAV that nobody reads."""

LOUD = 0.9
HUNG_S = 20.0
"""The deadline of a window and of the next sign from `prepare`, in place of some minutes. A healthy one takes a second,
and models are loaded outside of it."""

APPENDED = {
    "engines/deeds.py": f"""
import ctypes, pathlib

def do_deed():
    globals()[pathlib.Path({DEED!r}).read_text().strip()]()

def crash():
    ctypes.string_at(0)

def eat():
    taken = []
    while True:
        taken.append(b"x" * 2**24)

def hang():
    ctypes.PyDLL(None).sleep(100_000)  # keeps the interpreter locked, as a hang inside a library does
""",
    "engines/audio.py": f"""
from soniclayer.engines.deeds import do_deed
healthy_open = open_audio

def open_audio(path):
    if {MARK!r} in path.read_bytes():
        do_deed()
    return healthy_open(path)
""",
    "pipeline/transcribe.py": f"""
from soniclayer.engines.deeds import do_deed
healthy_transcribe = transcribe

def transcribe(window, audio, model):
    if abs(audio).max() > {LOUD}:
        do_deed()
    return healthy_transcribe(window, audio, model)
""",
    "engines/child.py": f"""
healthy_call = EngineChild._call

def impatient_call(self, request, deadline_s, starts=None):
    waits = isinstance(request, (Transcribe, Prepare, GoOn))
    return healthy_call(self, request, min(deadline_s, {HUNG_S}) if waits else deadline_s, starts)

EngineChild._call = impatient_call
""",
}


def hostile_file(sound: np.ndarray) -> bytes:
    """A WAV at which the engine breaks when it is opened."""
    return wav(sound) + MARK


def hostile_window(sound: np.ndarray, at_s: float) -> np.ndarray:
    """Sound at whose window the engine breaks: it is as loud as can be for a moment, and no healthy one here is."""
    loud = np.array(sound)
    loud[round(at_s * 16_000) :][:160] = 1.0
    return loud


@contextmanager
def poisoned(suite: InstalledSuite, settings: str = "") -> Iterator[None]:
    """Workers of a poisoned release, with some more settings; at the end healthy ones as before."""
    machine = suite.machine
    names = [SETTINGS, *(f"{PACKAGE}/{name}" for name in APPENDED)]
    before = {name: machine.path(name).read_text() for name in names if machine.path(name).exists()}
    for name, text in {**{f"{PACKAGE}/{name}": text for name, text in APPENDED.items()}, SETTINGS: settings}.items():
        machine.path(name).write_text(f"{before.get(name, '')}\n{text}\n")
    try:
        suite.systemctl("restart", "soniclayer-worker@*")
        yield
    finally:
        for name in names:
            if name in before:
                machine.path(name).write_text(before[name])
            else:
                machine.path(name).unlink()
        machine.path(DEED).unlink(missing_ok=True)
        suite.systemctl("restart", "soniclayer-worker@*")


def choose(machine: DebianMachine, deed: Deed) -> None:
    """What happens at the next hostile recording."""
    machine.path(DEED).write_text(deed)
