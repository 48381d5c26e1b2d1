"""Backup and drill as units of an installed suite: they run, they are heard when they fail, and see what they must."""

from __future__ import annotations

import json

import pytest
from installed_suite import SONICLAYER
from samples import DATA
from service import wait_until

BACKUPS = "/opt/soniclayer/backups"
TIMERS = ("soniclayer-backup.timer", "soniclayer-restore-drill.timer")


@pytest.fixture(scope="module")
def backed_up(suite):
    """A suite with a recording and a backup, made as the timer makes it."""
    suite.wait_ended([suite.upload(DATA / "jfk.flac")])
    suite.systemctl("start", "soniclayer-backup")
    return suite


def proof(suite, name):
    return json.loads(suite.machine.path(f"{BACKUPS}/{name}").read_text())


def test_the_timers_of_backup_and_drill_wait_as_soon_as_the_suite_is_installed(suite):
    assert [suite.fact(timer, "ActiveState") for timer in TIMERS] == ["active", "active"]
    assert "02:00:00" in suite.fact(TIMERS[0], "TimersCalendar")


def test_the_unit_copies_recordings_secrets_and_redis_and_notes_it_for_the_backend(backed_up):
    assert proof(backed_up, "last-backup.json")["ok"] is True
    password = backed_up.machine.path("/opt/soniclayer/config/credentials/backup_password")
    files = backed_up.machine.run(
        *("restic", "--no-cache", "--repo", f"{BACKUPS}/repository", "ls", "latest"),
        env={"RESTIC_PASSWORD": password.read_text().strip()},
    ).stdout.splitlines()
    assert "/opt/soniclayer/config/credentials/redis_password" in files
    assert "/opt/soniclayer/config/tls/privkey.pem" in files
    assert f"{BACKUPS}/staging/redis.rdb" in files
    assert [path for path in files if path.endswith("/source")]


def test_the_services_user_reads_how_a_backup_went_and_no_backup(backed_up):
    as_service = ("runuser", "--user", "soniclayer", "--")
    backed_up.machine.run(*as_service, "cat", f"{BACKUPS}/last-backup.json")
    for folder in ("repository", "staging"):
        assert backed_up.machine.run(*as_service, "ls", f"{BACKUPS}/{folder}", check=False).returncode != 0


def test_the_unit_of_the_drill_brings_a_backup_back_and_leaves_nothing_behind(backed_up):
    backed_up.systemctl("start", "soniclayer-restore-drill")
    told = proof(backed_up, "last-drill.json")
    assert (told["ok"], told["tried"]) == (True, 1)
    left = {path.name for path in backed_up.machine.path(BACKUPS).iterdir()}
    assert left <= {"repository", "staging", "last-backup.json", "last-drill.json", ".lock"}


def test_root_sees_what_the_timer_has_made(backed_up):
    assert "last backup: well" in backed_up.machine.output(SONICLAYER, "backups")


def test_a_backup_that_fails_is_a_failed_unit_and_is_told(backed_up):
    good = proof(backed_up, "last-backup.json")
    backed_up.machine.run("mv", f"{BACKUPS}/repository", f"{BACKUPS}/away")
    failed = backed_up.machine.run("systemctl", "start", "soniclayer-backup", check=False, timeout=180)
    backed_up.machine.run("mv", f"{BACKUPS}/away", f"{BACKUPS}/repository")
    assert failed.returncode != 0
    assert backed_up.fact("soniclayer-backup.service", "ActiveState") == "failed"
    told = ("-u", "soniclayer-failure@soniclayer-backup.service.service", "--priority=crit")
    wait_until(lambda: "soniclayer-backup.service has failed" in backed_up.journal(*told), 60, backed_up.told)
    noted = proof(backed_up, "last-backup.json")
    assert noted["ok"] is False
    assert "is its disk mounted" in noted["error"]
    assert noted["succeeded_at"] == good["succeeded_at"]
    backed_up.systemctl("start", "soniclayer-backup")
    assert proof(backed_up, "last-backup.json")["ok"] is True
