"""What an engine child cannot do any more once it has confined itself."""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from samples import labels_of_config

from soniclayer import wiring
from soniclayer.engines import server
from soniclayer.engines.confined import calls, confine, files
from soniclayer.engines.messages import Places
from soniclayer.settings import Settings

REPO = Path(__file__).parents[2]
CONFINED = f"""
import os, socket, subprocess, sys, threading
sys.path.insert(0, {str(REPO)!r})
from pathlib import Path
from soniclayer.engines.confined.confine import confine
folder = Path(sys.argv[1])
confine([folder / "reads"], [folder / "writes"])
"""


@pytest.fixture
def confined(tmp_path):
    """Runs a line in a confined process: what it printed, or the last line of its error."""
    for name in ("reads", "writes"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("text")
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "run.py").write_text("")

    def run(line):
        done = subprocess.run(
            [sys.executable, "-c", CONFINED + line, tmp_path],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            cwd="/",
        )
        return done.stdout.strip() or done.stderr.strip().splitlines()[-1]

    return run


@pytest.fixture
def landlock():
    if files.version(ctypes.CDLL(None, use_errno=True)) == 0:
        pytest.skip("this kernel has no Landlock")


@pytest.mark.parametrize(
    "line",
    [
        'print((folder / "reads/file").read_text())',
        'print((folder / "writes/file").write_text("text") == 4 and "text")',
        '(folder / "writes/file").rename(folder / "writes/other"); print("text")',
        'thread = threading.Thread(target=print, args=["text"]); thread.start(); thread.join()',
        'os.kill(os.getpid(), 0); print("text")',
        'import numpy, av; print("text")',
    ],
)
def test_a_confined_process_does_its_work(confined, line):
    assert confined(line) == "text"


@pytest.mark.hardware
@pytest.mark.usefixtures("landlock")
@pytest.mark.parametrize(
    "line",
    [
        'print((folder / "secret").read_text())',
        'print(Path("/etc/passwd").read_text())',
        'print(Path(f"/proc/{os.getppid()}/environ").read_bytes())',
        'print((folder / "reads/file").open("a"))',
        '(folder / "reads/file").unlink()',
        '(folder / "reads/file").rename(folder / "writes/taken")',
        '(folder / "reads/new").write_text("")',
        '(folder / "writes/new").mkdir()',
        'os.open(folder / "reads/file", os.O_RDONLY | os.O_TRUNC)',
    ],
)
def test_a_confined_process_reaches_no_other_file(confined, line):
    assert confined(line).startswith("PermissionError")


@pytest.mark.hardware
@pytest.mark.skipif(os.uname().machine not in calls.ARCHITECTURES, reason="an architecture whose calls we do not know")
@pytest.mark.parametrize(
    "line",
    [
        "socket.socket()",
        "socket.socket(socket.AF_UNIX)",
        'subprocess.run(["true"])',
        "os.fork()",
        "os.kill(os.getppid(), 0)",
        "os.kill(-1, 0)",
        'os.truncate(folder / "reads/file", 0)',
        'os.chmod(folder / "reads/file", 0o777)',
        'os.utime(folder / "reads/file")',
        "import resource; resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)",
    ],
)
def test_a_confined_process_starts_nothing_and_talks_to_nobody(confined, line):
    assert confined(line).startswith("PermissionError")


def test_a_confined_process_can_still_die_with_a_traceback(confined):
    told = confined("import faulthandler; faulthandler.enable(); os.abort()")
    assert "Fatal Python error" in told or "line" in told


def test_a_kernel_without_filters_of_calls_leaves_them_out():
    class Kernel:
        def prctl(self, *_):
            ctypes.set_errno(errno.EINVAL)
            return -1

    calls.restrict(Kernel())


@pytest.mark.parametrize(
    ("has", "device", "words"),
    [
        ("landlock seccomp", "auto", []),
        ("seccomp", "cpu", ["bounds for files"]),
        ("", "cpu", ["bounds for files", "bounds for system calls"]),
        ("landlock seccomp gpu", "cpu", []),
        ("landlock seccomp gpu", "auto", ["any confinement"]),
    ],
)
def test_what_a_child_goes_without_is_told(tmp_path, monkeypatch, has, device, words):
    monkeypatch.setattr(files, "version", lambda _: int("landlock" in has))
    monkeypatch.setattr(calls, "is_known", lambda _: "seccomp" in has)
    monkeypatch.setattr(confine, "GPUS", [tmp_path] if "gpu" in has else [])
    assert [lack.partition(":")[0] for lack in confine.lacks(device)] == words


@pytest.mark.parametrize(("gpu", "confined"), [(True, 0), (False, 1)])
def test_a_child_that_may_use_a_gpu_is_not_confined(tmp_path, monkeypatch, gpu, confined):
    asked = []
    monkeypatch.setattr(server, "confine", lambda **places: asked.append(places))
    monkeypatch.setattr(confine, "GPUS", [tmp_path] if gpu else [])
    settings = Settings(uploads_dir=tmp_path / "uploads", models_dir=tmp_path, whisper_device="auto")
    config = wiring.engine_config(settings, labels_of_config())
    server.confine_to(config, Places(reads=(), writes=()))
    assert len(asked) == confined


def test_a_model_may_lie_where_links_of_links_lead(tmp_path):
    """As in a cache of Hugging Face: a link to a folder of links, one of which leads back."""
    models, snapshot, blobs = (tmp_path / name for name in ("models", "snapshot", "blobs"))
    for folder in (models, snapshot, blobs):
        folder.mkdir()
    (blobs / "1a2b").write_text("")
    (models / "whisper").symlink_to(snapshot)
    (snapshot / "model.bin").symlink_to(blobs / "1a2b")
    (snapshot / "back").symlink_to(models)
    assert server._linked(models) == {snapshot, blobs / "1a2b", models}


@pytest.mark.parametrize("made", [wiring.engine_children, lambda *given: [wiring.worker_engine(*given, lambda: None)]])
def test_every_engine_child_that_reads_media_is_confined_to_the_store(tmp_path, monkeypatch, made):
    monkeypatch.setattr(wiring, "model_dir", lambda *_: tmp_path)
    settings = Settings(uploads_dir=tmp_path / "uploads", models_dir=tmp_path)
    for child in made(settings, labels_of_config()):
        assert child._config.places.reads == (str(tmp_path / "uploads"),)
        (writes,) = map(Path, child._config.places.writes)
        assert writes.parent == tmp_path / "uploads"
        assert writes.is_dir()
        child.stop()
