"""What tests share: models, sounds, small and read-only places."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys

import hypothesis
import numpy as np
import pytest
from samples import DATA, ROOT
from sound_files import RATE_HZ, read_samples, write_audio

from soniclayer.settings import load_settings

MODELS = ("whisper-base", "whisper-tiny.en", "minilm")
pytest_plugins = ["no_skips", "full_set", "redis_server", "redis_proxy", "installed_tree"]
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # started in the background by a shell: children would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # started by nohup
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture
def root():
    """For tests that mount file systems."""
    if os.geteuid() != 0:
        pytest.skip("mounting a file system needs root")


@pytest.fixture
def small_disk(root, tmp_path):
    """A file system of 1 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture(scope="session")
def models():
    """The folder with the real models, as `make test` fetches them."""
    folder = load_settings().models_dir
    missing = [name for name in MODELS if not (folder / name).is_dir()]
    if missing:
        pytest.skip(f"{', '.join(missing)} not in {folder}: run `soniclayer models fetch {' '.join(missing)}`")
    return folder


@pytest.fixture(scope="session")
def jfk():
    """11 s of a known sentence, mono float32 at 16 kHz."""
    return read_samples(DATA / "jfk.flac")


@pytest.fixture(scope="session")
def analysed_broadcast(models, tmp_path_factory):
    """The sample analysed with base, once: the folder with `store` and exports, how it ended, its JSON."""
    folder = tmp_path_factory.mktemp("broadcast")
    forms = [f"--{form}={folder / form}" for form in ("json", "html", "srt", "vtt", "csv", "txt")]
    places = {"SONICLAYER_MODELS_DIR": str(models), "SONICLAYER_UPLOADS_DIR": str(folder / "store")}
    done = subprocess.run(
        [sys.executable, "-m", "soniclayer", "analyze", DATA / "broadcast" / "broadcast.flac", *forms],
        env={**os.environ, **places, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return folder, done, json.loads((folder / "json").read_text())


@pytest.fixture
def speech_file(tmp_path, jfk):
    """Makes short WAV files of real speech; other offsets give other bytes."""

    def make(name, seconds, offset_s=0.0):
        start = round(offset_s * RATE_HZ)
        return write_audio(tmp_path / name, jfk[start : start + seconds * RATE_HZ])

    return make


@pytest.fixture(scope="session")
def long_speech(tmp_path_factory, jfk):
    """Four minutes of real speech, with pauses: five windows."""
    austen = read_samples(DATA / "librivox_austen_5.flac")
    pause = np.zeros(RATE_HZ, np.float32)
    sound = np.concatenate([part for _ in range(6) for part in (jfk, pause, austen, pause)])
    return write_audio(tmp_path_factory.mktemp("long") / "long speech.flac", sound, codec="flac")


@pytest.fixture
def read_only_checkout(root, tmp_path):
    """The sources on a read-only file system."""
    folder = tmp_path / "checkout"
    for part in ("soniclayer", "config"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)
