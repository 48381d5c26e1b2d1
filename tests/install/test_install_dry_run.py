"""`install.sh --dry-run`: exactly the commands, and nothing else."""

from __future__ import annotations

import re

from staged_install import REPO, call

INSTALL = REPO / "install.sh"


def test_a_dry_run_prints_the_commands_and_changes_nothing(tmp_path):
    image = tmp_path / "image"
    dry = call(INSTALL, "--dry-run", "--root", image, "--workers", "3", "--domain", "radio.example")
    assert dry.returncode == 0, dry.stderr
    assert "+ systemctl --root=" in dry.stdout
    assert re.search(r"\+ ln -sT venv/lib/python3\.\d+/site-packages/soniclayer/dashboard \S+/dashboard\n", dry.stdout)
    assert "soniclayer-worker@3.service" in dry.stdout
    assert "server_name radio.example;" in dry.stdout
    assert re.search(r"nothing was changed; \d+ commands would run", dry.stdout)
    assert not image.exists()


def test_a_dry_run_prints_what_the_run_then_does(stage):
    def commands(output):
        lines = [line for line in output.splitlines() if line.startswith("+ ")]
        return [re.sub(r"/\w+/soniclayer-install\.\w+", "SCRATCH", line) for line in lines]

    owners = re.compile(r"^\+ ch(own|mod) ")  # of what install(1) has made right already
    dry = [line for line in commands(stage.settled("1.0", "--dry-run")) if not owners.match(line)]
    real = [line for line in commands(stage.settled("1.0")) if not owners.match(line)]
    assert dry == real


def test_a_dry_run_shows_no_secret(stage):
    stage.settled("1.0")
    password = (stage.config / "credentials/redis_password").read_text().strip()
    (stage.folder / "etc/redis/redis-soniclayer.conf").unlink()
    shown = stage.settled("1.0", "--dry-run")
    assert "redis-soniclayer.conf" in shown
    assert password not in shown


def test_all_that_is_not_so_is_told_at_once_and_nothing_is_changed(tmp_path):
    image = tmp_path / "image"
    wrong = (
        "--wheelhouse",
        tmp_path / "no-wheels",
        "--models",
        tmp_path / "no-models",
        "--redis-url",
        "unix:///r.sock",
    )
    refused = call(INSTALL, "--root", image, *wrong)
    assert refused.returncode == 1
    for fault in ("no-wheels: no such folder", "no-models: no such folder", "--redis-url needs --without-redis"):
        assert fault in refused.stderr
    assert list(image.iterdir()) == []


def test_a_dry_run_tells_faults_too_goes_on_and_fails(tmp_path):
    dry = call(INSTALL, "--dry-run", "--root", tmp_path / "image", "--models", tmp_path / "none")
    assert dry.returncode == 1
    assert "none: no such folder" in dry.stderr
    assert "commands would run" in dry.stdout
