from __future__ import annotations

import fcntl
import os
import re
import time
from pathlib import Path

import pytest
from samples import take_in

from soniclayer.cli.old_releases import remove_old_releases
from soniclayer.installation import Installation
from soniclayer.main import main
from soniclayer.storage.local import LocalStore


@pytest.fixture
def uploads(tmp_path, monkeypatch):
    monkeypatch.setenv("SONICLAYER_UPLOADS_DIR", str(tmp_path / "uploads"))
    monkeypatch.setenv("SONICLAYER_RUN_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("REDIS_URL", f"unix://{tmp_path}/nobody.sock")
    return tmp_path / "uploads"


def break_off(uploads):
    (uploads / ".incoming").mkdir(parents=True)
    old = uploads / ".incoming" / "old"
    old.write_bytes(b"half of it")
    os.utime(old, (time.time() - 90_000, time.time() - 90_000))
    return old


def test_cleanup_says_what_it_removed(uploads, capsys):
    old = break_off(uploads)
    assert main(["cleanup"]) == 0
    assert capsys.readouterr().out == "removed broken-off uploads: 1\n"
    assert not old.exists()
    assert main(["cleanup"]) == 0
    assert capsys.readouterr().out == "nothing to remove\n"


def test_a_dry_run_of_cleanup_removes_nothing(uploads, capsys):
    old = break_off(uploads)
    assert main(["cleanup", "--dry-run"]) == 0
    assert capsys.readouterr().out == "would remove broken-off uploads: 1\n"
    assert old.exists()


def test_cleanup_ends_with_1_when_a_recording_cannot_be_read(uploads, capsys):
    store = LocalStore(uploads)
    damaged = take_in(store).recording.audio_id
    store.replace(f"{damaged}/recording.json", b"{")
    assert main(["cleanup"]) == 1
    assert damaged in capsys.readouterr().out


def ended(uploads, name):
    """A recording that has ended, uploaded just now; its manifest."""
    run = take_in(LocalStore(uploads), name.encode(), name=name)
    run.cancel()
    return uploads / run.recording.audio_id / "recording.json"


def make_older(manifest):
    manifest.write_text(
        re.sub(r'"uploaded_at":"[^"]*"', '"uploaded_at":"2020-01-01T00:00:00+00:00"', manifest.read_text())
    )


def test_recordings_stay_unless_somebody_says_how_long(uploads, capsys):
    make_older(ended(uploads, "old.wav"))
    assert main(["cleanup"]) == 0
    assert capsys.readouterr().out == "nothing to remove\n"


def test_a_dry_run_names_the_recordings_that_would_go_and_why_and_the_real_one_the_same(uploads, capsys, monkeypatch):
    old, young = ended(uploads, "old\x1b[31m.wav"), ended(uploads, "young.wav")
    make_older(old)
    monkeypatch.setenv("SONICLAYER_RETENTION_DAYS", "30")
    assert main(["cleanup", "--dry-run"]) == 0
    would = capsys.readouterr().out
    assert old.exists()
    assert main(["cleanup"]) == 0  # and Redis is away
    did = capsys.readouterr().out
    assert not old.parent.exists()
    assert young.exists()
    assert would == f"would {did.replace('removed', 'remove')}"
    assert did.startswith(f"removed recording {old.parent.name} (old")
    assert did.endswith(", uploaded 2020-01-01T00:00:00+00:00: older than 30 days\n")
    assert "\x1b" not in did


def test_the_oldest_recordings_go_when_all_are_too_large(uploads, capsys, monkeypatch):
    old, _ = ended(uploads, "old.wav"), ended(uploads, "young.wav")
    make_older(old)
    whole = sum(path.stat().st_size for path in uploads.rglob("*") if path.is_file())
    monkeypatch.setenv("SONICLAYER_RETENTION_BYTES", str(whole - 1000))
    assert main(["cleanup"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert not old.exists()


@pytest.fixture
def place(tmp_path):
    """The installer knows three releases; there is an older one, and two that are not whole: one old, one new."""
    root = tmp_path / "opt"
    (root / "config/installer").mkdir(parents=True)
    (root / "config/installer/releases").write_text("1\n2\n3\n")
    for version in ("0.9", "1", "2", "3", "4-broken", "5-building"):
        (root / "releases" / version / "venv").mkdir(parents=True)
        if "-" not in version:
            (root / "releases" / version / "complete").touch()
    for path in (root / "releases/0.9/complete", root / "releases/2/complete", root / "releases/4-broken"):
        os.utime(path, (time.time() - 90_000, time.time() - 90_000))
    (root / "current").symlink_to(root / "releases/3")
    return Installation(root, root / "releases/3")


def versions(place):
    return sorted(path.name for path in (place.root / "releases").iterdir())


def test_releases_that_nobody_can_go_back_to_are_removed_and_no_others(place, tmp_path):
    before = versions(place)
    told = ["4-broken (interrupted while it was installed)", "0.9 (replaced)"]
    lock = tmp_path / "lock"
    assert sorted(remove_old_releases(place, only_look=True, lock=lock)) == sorted(told)
    assert versions(place) == before
    assert sorted(remove_old_releases(place, only_look=False, lock=lock)) == sorted(told)
    assert versions(place) == ["1", "2", "3", "5-building"]


def test_what_runs_stays_whatever_the_installer_knows(place, tmp_path):
    (place.root / "config/installer/releases").write_text("1\n")
    os.utime(place.root / "releases/3/complete", (0, 0))
    list(remove_old_releases(place, only_look=False, lock=tmp_path / "lock"))
    assert versions(place) == ["1", "3", "5-building"]


@pytest.mark.parametrize("lose", [Path.unlink, lambda path: path.write_text("")], ids=["gone", "empty"])
def test_where_nobody_knows_which_releases_are_old_whole_ones_stay(place, tmp_path, lose):
    lose(place.root / "config/installer/releases")
    list(remove_old_releases(place, only_look=False, lock=tmp_path / "lock"))
    assert versions(place) == ["0.9", "1", "2", "3", "5-building"]


def test_while_something_is_installed_no_release_is_removed(place, tmp_path):
    with (tmp_path / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert list(remove_old_releases(place, only_look=False, lock=tmp_path / "lock")) == []
    assert "0.9" in versions(place)


@pytest.mark.usefixtures("uploads")
def test_releases_are_those_of_an_installation(capsys):
    assert main(["cleanup", "--releases"]) == 2
    assert "sudo soniclayer cleanup --releases" in capsys.readouterr().err
