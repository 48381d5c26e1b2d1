"""What `soniclayer suite` prints works when it is typed as it stands."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from soniclayer.cli.suite.greeting import greeting
from soniclayer.cli.suite.place import Place, default_folder
from soniclayer.main import build_parser

REPO = Path(__file__).parent.parent.parent
URL = "http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def data_home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data of mine"))
    monkeypatch.setattr(sys, "argv", ["/opt/soniclayer/bin/soniclayer", "suite"])


def greeted(folder=None, new_key=None):
    place = Place(folder or default_folder())
    place.make()
    place.first_key()
    return dict(line.split(maxsplit=1) for line in greeting(place, URL, new_key).splitlines() if line)


def test_the_sample_is_the_one_that_is_there(monkeypatch, tmp_path):
    monkeypatch.chdir(REPO)
    upload = shlex.split(greeted()["upload"])
    assert Path(upload[upload.index("-F") + 1].removeprefix("file=@")).is_file()
    monkeypatch.chdir(tmp_path)
    assert "file=@broadcast.flac" in greeted()["upload"]


@pytest.mark.parametrize("line", ["or", "look"])
def test_a_command_is_called_as_the_suite_was(line, tmp_path, monkeypatch):
    program = tmp_path / "bin of mine/soniclayer"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(program), "suite"])
    words = shlex.split(greeted()[line])
    assert words[0] == str(program)
    build_parser().parse_args(words[1:])

    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    assert greeted()[line].startswith("soniclayer s")

    monkeypatch.setattr(sys, "argv", [str(REPO / "soniclayer/__main__.py"), "suite"])
    assert shlex.split(greeted()[line])[:3] == [sys.executable, "-m", "soniclayer"]


def test_commands_for_another_folder_say_where_it_is(tmp_path):
    told = greeted(tmp_path / "other")
    assert f"REDIS_URL=unix://{tmp_path}/other/run/redis.sock" in shlex.split(told["look"])
    assert f"SONICLAYER_UPLOADS_DIR={tmp_path}/other/uploads" in shlex.split(told["look"])
    assert f"SONICLAYER_URL={URL}" in shlex.split(told["or"])


def test_a_key_is_shown_when_it_is_new_and_never_again():
    assert greeted(new_key="slk_new")["key"].startswith("slk_new   (kept in ")
    assert "slk_" not in " ".join(greeted().values())
