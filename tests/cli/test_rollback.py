"""`soniclayer rollback`: the releases, and the installer that goes back to one."""

from __future__ import annotations

import pytest

from soniclayer.main import main

INSTALLER = '#!/bin/sh\necho "$0" "$@"\n'
OLD, NEW = "1.0.0+11111111", "1.1.0+22222222"


@pytest.fixture
def two(as_installed):
    as_installed.switch(as_installed.add_release(NEW, 1_100_000_000))
    return as_installed


def test_the_list_tells_the_latest_first_and_which_runs(two, capsys, monkeypatch):
    two.add_release("1.2.0+33333333", 1_200_000_000).joinpath("complete").unlink()
    monkeypatch.setenv("TZ", "UTC")
    assert main(["rollback", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == [f"* {NEW}  installed 2004-11-09 11:33", f"  {OLD}  installed 2001-09-09 01:46"]
    assert lines[0].startswith("  1.2.0+33333333")
    assert lines[0].endswith("incomplete")


@pytest.mark.parametrize("words", [[], [OLD]])
def test_it_becomes_the_installer_of_the_release_that_runs(opt, words):
    release = opt.root / "releases" / NEW
    release.mkdir()
    opt.switch(release)
    (release / "install.sh").write_text(INSTALLER)
    (release / "install.sh").chmod(0o755)
    (release / "venv").symlink_to(opt.root / "releases" / OLD / "venv")
    done = opt.python(f"from soniclayer.main import main\nsys.exit(main(['rollback', *{words!r}]))")
    assert done.stdout.split() == [str(release / "install.sh"), "rollback", *words]


def test_a_version_that_is_not_there_is_refused(two, capsys):
    assert main(["rollback", "9.9.9"]) == 2
    assert "soniclayer rollback --list" in capsys.readouterr().err


def test_anybody_but_root_is_told_to_use_sudo(two, monkeypatch, capsys):
    monkeypatch.setattr("os.geteuid", lambda: 4711)
    assert main(["rollback"]) == 2
    assert "sudo soniclayer rollback" in capsys.readouterr().err


def test_a_checkout_has_no_releases(capsys):
    assert main(["rollback", "--list"]) == 2
    assert "not an installation" in capsys.readouterr().err


def test_a_release_without_its_installer_is_told(two, capsys):
    assert main(["rollback"]) == 2
    assert f"{two.root}/releases/{NEW}/install.sh: No such file or directory" in capsys.readouterr().err
