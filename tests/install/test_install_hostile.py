"""install.sh as root, among people who wish it ill, and after it was killed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from staged_install import REPO, call, mode

PLANTED = "import pathlib\npathlib.Path({mark!r}).touch()\n"


def test_no_python_takes_a_module_from_where_the_caller_stands(stage, tmp_path):
    """`cd /tmp && sudo soniclayer rollback` would run what anybody has put there."""
    mark, release = tmp_path / "was run", stage.root / "releases/1.0"
    (tmp_path / "soniclayer").mkdir()
    for name in ("soniclayer/__init__.py", "soniclayer/__main__.py", "ensurepip.py", "venv.py", "pip.py", "redis.py"):
        (tmp_path / name).write_text(PLANTED.format(mark=str(mark)))
    python = release / "venv/bin/python"
    python.unlink()
    python.symlink_to(sys.executable)
    environment = os.environ | {"PYTHON": sys.executable}
    for words in (
        [release / "install.sh", "settle", "1.0", "--root", stage.folder],
        [REPO / "install.sh", "--dry-run", "--root", stage.folder],
        [REPO / "requirements/install.sh", "--wheelhouse", tmp_path, tmp_path / "venv", "core"],
    ):
        subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, check=False, timeout=120)
        assert not mark.exists(), words


def test_a_link_in_a_folder_of_others_gives_nobody_a_right_to_what_it_points_to(stage, tmp_path):
    """/etc/redis belongs to the user redis."""
    stage.settled("1.0")
    shadow = tmp_path / "shadow"
    shadow.write_text("root:secret")
    shadow.chmod(0o600)
    conf = stage.folder / "etc/redis/redis-soniclayer.conf"
    conf.unlink()
    conf.symlink_to(shadow)
    stage.settle("1.0")
    assert mode(shadow) == "0600"


def test_a_link_to_a_folder_gets_no_file(stage, tmp_path):
    trap = tmp_path / "trap"
    trap.mkdir()
    (stage.folder / "etc/redis").mkdir(parents=True)
    (stage.folder / "etc/redis/.redis-soniclayer.conf.part").symlink_to(trap)
    stage.settle("1.0")
    assert list(trap.iterdir()) == []


def test_the_password_of_redis_is_in_no_argument(stage):
    """Everybody reads those; what would be wrong in one of sed's, is right in the file."""
    stage.settled("1.0")
    (stage.config / "credentials/redis_password").write_text("a/b&c\\d|e\n")
    stage.settled("1.0")
    assert "requirepass a/b&c\\d|e\n" in (stage.folder / "etc/redis/redis-soniclayer.conf").read_text()


def stopped_after_the_switch(stage, version, target):
    """As by SIGKILL: `current` points to the release, and nothing is started, since no unit can be enabled."""
    wants = stage.folder / f"etc/systemd/system/{target}.wants"
    if wants.exists():
        shutil.rmtree(wants)
    wants.parent.mkdir(parents=True, exist_ok=True)
    wants.write_text("")
    stopped = stage.settle(version, "--workers", "1")
    assert "stopped in: start the suite" in stopped.stderr
    assert str((stage.root / "current").readlink()) == f"releases/{version}"
    wants.unlink()


def test_a_suite_whose_start_was_interrupted_starts_at_boot(stage):
    stopped_after_the_switch(stage, "1.0", "multi-user.target")
    stage.settled("1.0")
    assert (stage.folder / "etc/systemd/system/multi-user.target.wants/soniclayer.target").is_symlink()


def test_a_first_release_that_was_interrupted_can_be_gone_back_to(stage):
    stopped_after_the_switch(stage, "1.0", "multi-user.target")
    stage.settled("1.0")
    stage.release("1.1")
    stage.settled("1.1")
    assert stage.recall("releases") == ["1.0", "1.1"]
    assert (stage.root / "releases/1.0/complete").exists()


def test_after_an_upgrade_that_was_interrupted_the_release_before_is_the_one_that_was_well(stage):
    stage.settled("1.0")
    stage.release("1.1")
    stage.settled("1.1")
    assert call(stage.root / "releases/1.0/install.sh", "settle", "1.0", "--root", stage.folder).returncode == 0
    stage.release("1.2")
    stopped_after_the_switch(stage, "1.2", "soniclayer.target")
    stage.settled("1.2")
    assert stage.recall("releases") == ["1.1", "1.0", "1.2"]
