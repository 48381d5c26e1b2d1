"""What is installed works: the scripts in requirements/, and the wheel without the engines, elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

REPO = Path(__file__).parent.parent
INSTALL = REPO / "requirements/install.sh"
FIND_PYTHON = REPO / "requirements/python.sh"
SYSTEM_PACKAGES = REPO / "requirements/system-packages.sh"


def run(*command, cwd=None, **environment):
    """The finished process; an environment variable of None is taken away."""
    env = {name: value for name, value in (os.environ | environment).items() if value is not None}
    return subprocess.run(
        command,
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        stdin=subprocess.DEVNULL,
    )


def program(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    dist = tmp_path_factory.mktemp("dist")
    built = run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(dist), cwd=REPO)
    assert built.returncode == 0, built.stderr
    return next(dist.glob("*.whl"))


@pytest.fixture(scope="module")
def venv(tmp_path_factory):
    """A virtual environment with the locked core requirements, made by install.sh."""
    folder = tmp_path_factory.mktemp("a place") / "venv"
    made = run(str(INSTALL), str(folder), "core", PYTHON=sys.executable)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="module")
def soniclayer(venv, wheel, tmp_path_factory):
    """Runs the wheel's `soniclayer` in an empty folder, with a home that cannot be written."""
    pip_install = (venv / "bin/pip", "install", "--quiet", "--no-index", "--no-deps", "--force-reinstall")
    installed = run(*pip_install, str(wheel))
    assert installed.returncode == 0, installed.stderr
    folder = tmp_path_factory.mktemp("elsewhere")

    def call(*arguments):
        home = {"HOME": "/proc/self", "XDG_CACHE_HOME": None, "XDG_DATA_HOME": None, "PYTHONPATH": None}
        return run(str(venv / "bin/soniclayer"), *arguments, cwd=folder, **home)

    return call


def test_installing_again_changes_nothing(venv):
    again = run(str(INSTALL), str(venv), "core", PYTHON=sys.executable)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_a_changed_set_is_installed_again(venv):
    record = venv / ".installed/core.txt"
    record.write_text(record.read_text().replace("rich==", "rich==1"))
    again = run(str(INSTALL), "--dry-run", str(venv), "core", PYTHON=sys.executable)
    record.write_bytes((REPO / "requirements/core.txt").read_bytes())
    assert "+ " in again.stdout
    assert "core.txt" in again.stdout


def test_dry_run_makes_nothing(tmp_path):
    result = run(str(INSTALL), "--dry-run", str(tmp_path / "venv"), "engines", PYTHON=sys.executable)
    assert result.returncode == 0, result.stderr
    assert f"+ {sys.executable} -I -m venv" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("three years")
    result = run(str(INSTALL), str(tmp_path), "core", PYTHON=sys.executable)
    assert result.returncode == 1
    assert "VENV=" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_unknown_set_is_named(tmp_path):
    result = run(str(INSTALL), "--dry-run", str(tmp_path / "venv"), "engnes", PYTHON=sys.executable)
    assert result.returncode == 2
    assert "no requirements/engnes.txt" in result.stderr


def test_an_old_python_is_named_with_what_is_needed(tmp_path):
    old = program(tmp_path / "python3", '[ "$1" = --version ] && echo Python 3.9.2 || exit 1')
    result = run(str(FIND_PYTHON), PYTHON=old)
    assert (result.returncode, result.stdout) == (1, "")
    assert "need Python 3.10-3.13, found Python 3.9.2" in result.stderr


def test_a_python_without_venv_is_told_what_to_install(tmp_path):
    without_ensurepip = 'case "$*" in *ensurepip*) exit 1 ;; esac'  # as on a Debian without python3-venv
    bare = program(tmp_path / "python3", f'{without_ensurepip}; exec "{sys.executable}" "$@"')
    result = run(str(FIND_PYTHON), PYTHON=bare)
    assert (result.returncode, result.stdout) == (1, "")
    assert "apt-get install python3-venv" in result.stderr


def test_system_packages_are_left_alone_when_nothing_is_missing():
    result = run(str(SYSTEM_PACKAGES), "--dry-run", PYTHON=sys.executable)
    assert (result.returncode, result.stdout) == (0, "system packages: unchanged\n")


def test_missing_system_packages_are_named_by_a_dry_run(tmp_path):
    for name in ("bash", "dirname"):
        (tmp_path / name).symlink_to(shutil.which(name))
    program(tmp_path / "sudo", "exit 1")
    result = run(str(SYSTEM_PACKAGES), "--dry-run", PATH=str(tmp_path), PYTHON=None)
    assert result.returncode == 0, result.stderr
    needed = {
        "make",
        "python3",
        "python3-venv",
        "redis-server",
        "systemd",
        "openssl",
        "mmdebstrap",
        "slirp4netns",
        "restic",
    }
    found = set(result.stdout.splitlines()[-1].split("--no-install-recommends ")[1].split())
    assert found - {"nginx-light"} == needed | {"chromium"}  # nginx is looked for in /usr/sbin too


def test_the_wheel_carries_the_default_configuration(wheel):
    listing = run(sys.executable, "-m", "zipfile", "--list", str(wheel)).stdout
    assert "soniclayer/default_config/models.yaml" in listing
    assert "soniclayer/default_config/personas/gen_z.yaml" in listing
    assert "tests/" not in listing


DASHBOARD = sorted(path.relative_to(REPO).as_posix() for path in (REPO / "soniclayer/dashboard").rglob("*.*"))


def test_the_wheel_carries_every_file_of_the_dashboard(wheel):
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    assert {"soniclayer/dashboard/index.html", "soniclayer/dashboard/vendor/wavesurfer/LICENSE"} <= inside
    assert set(DASHBOARD) <= inside


def test_the_source_archive_carries_all_that_a_clone_has(tmp_path):
    built = run(sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", tmp_path, cwd=REPO)
    assert built.returncode == 0, built.stderr
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    demo_and_checks = {"tests/data/broadcast/broadcast.flac", "tests/test_packaging.py", ".ci/run", ".importlinter"}
    assert {*DASHBOARD, *demo_and_checks, "SECURITY.md", "install.sh"} <= inside


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--help"], "analyze"),
        (["personas", "check"], ""),
        (["personas", "list"], "gen_z"),
        (["models", "list"], "whisper-base"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_wheel_works_without_engines_and_without_a_writable_home(soniclayer, arguments, expected):
    result = soniclayer(*arguments)
    assert (result.returncode, result.stderr) == (0, "")
    assert expected in result.stdout


def test_the_wheel_has_all_it_declares(soniclayer, venv):
    assert soniclayer("--version").returncode == 0
    checked = run(venv / "bin/pip", "check")
    assert checked.returncode == 0, checked.stdout


@pytest.mark.models
def test_the_wheel_analyses_a_recording(wheel, models, speech_file, tmp_path):
    installed = tmp_path / "installed"
    run(sys.executable, "-m", "zipfile", "--extract", str(wheel), str(installed))
    settings = {
        "PYTHONPATH": str(installed),
        "SONICLAYER_MODELS_DIR": str(models),
        "SONICLAYER_UPLOADS_DIR": str(tmp_path / "store"),
        "SONICLAYER_WHISPER_MODEL": "whisper-tiny.en",
    }
    where = run(sys.executable, "-c", "import soniclayer; print(soniclayer.__file__)", cwd=tmp_path, **settings)
    assert where.stdout.startswith(str(installed))
    source = speech_file("sentence.wav", 8)
    done = run(sys.executable, "-m", "soniclayer", "analyze", str(source), "--txt=-", cwd=tmp_path, **settings)
    assert done.returncode == 0, done.stderr
    assert "fellow americans" in done.stdout.lower()
