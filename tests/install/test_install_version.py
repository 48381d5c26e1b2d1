"""The version of a release: its number, and a hash over all that is installed."""

from __future__ import annotations

import re
import shutil

import pytest
from staged_install import REPO, call

from soniclayer import __version__

TREE = (
    "install.sh",
    "pyproject.toml",
    "LICENSE",
    "README.md",
    "soniclayer",
    "config",
    "deploy",
    "docs",
    "requirements",
)


def version(checkout, *options):
    dry = call(checkout / "install.sh", "--dry-run", "--root", checkout / "image", *options)
    assert dry.returncode == 0, dry.stderr
    return re.search(r"/releases/([^/\s]+)", dry.stdout)[1]


@pytest.fixture
def checkout(tmp_path):
    copy = tmp_path / "checkout"
    copy.mkdir()
    for name in TREE:
        source = REPO / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy / name)
    return copy


def test_the_same_content_is_the_same_release_wherever_it_lies(checkout):
    found = version(checkout)
    assert re.fullmatch(re.escape(__version__) + r"\+[0-9a-f]{8}", found)
    (checkout / "soniclayer/__pycache__").mkdir()
    (checkout / "soniclayer/__pycache__/log.cpython-311.pyc").write_text("compiled")
    moved = checkout.rename(checkout.with_name("elsewhere"))
    assert version(moved) == found


@pytest.mark.parametrize("name", ["soniclayer/log.py", "config/labels.yaml", "deploy/systemd/soniclayer.target"])
def test_a_changed_file_is_another_release_of_the_same_number(checkout, name):
    before = version(checkout)
    with (checkout / name).open("a") as file:
        file.write("# changed\n")
    after = version(checkout)
    assert after != before
    assert after.startswith(f"{__version__}+")


def test_another_set_of_packages_is_another_release(checkout):
    assert version(checkout) != version(checkout, "--torch", "cpu")
