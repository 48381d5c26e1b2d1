"""Faults of what a sysadmin sees to again and again."""

from __future__ import annotations

import json
import os
import time

from checked_server import http_server
from made_faults import ADVICE, ERROR, WARNING, fault

from soniclayer.backup.way import UNDER_WAY
from soniclayer.cli.check.groups import monitoring
from soniclayer.courier.connection import connect
from soniclayer.courier.courier import FAULTS


@fault("store.incoming", WARNING, "1 older than a day")
def broken_upload(server):
    os.utime(server.write("/opt/uploads/.incoming/old"), (1, 1))


@fault("logs.persistent", WARNING, "Storage=volatile")
def logs_in_memory(server):
    server.write("/etc/systemd/journald.conf.d/zz.conf", "[Journal]\nStorage=volatile\n")


@fault("logs.persistent", WARNING, "there is no /var/log/journal")
def no_folder_for_logs(server):
    (server.folder / "var/log/journal").rmdir()
    server.write("/etc/systemd/journald.conf.d/soniclayer.conf")


@fault("logs.capped", WARNING, "SystemMaxUse= is not set")
def journal_without_limit(server):
    server.write("/etc/systemd/journald.conf.d/soniclayer.conf", "[Journal]\n#SystemMaxUse=1G\n")


@fault("logs.rotation", WARNING, "nobody rotates /var/log/nginx/soniclayer.access.log")
def no_rotation(server):
    (server.folder / "etc/logrotate.d/nginx").unlink()


@fault("logs.rotation", WARNING, "logrotate is not installed")
def no_logrotate(server):
    (server.folder / "usr/sbin/logrotate").unlink()


@fault("logs.rotation", WARNING, "nothing starts it")
def rotation_that_never_starts(server):
    (server.folder / "etc/systemd/system/timers.target.wants/logrotate.timer").unlink()


@fault("monitoring.scraped", WARNING, "nobody has fetched /metrics yet")
def nobody_watches(server):
    (server.folder / "run/soniclayer/metrics/scraped").unlink()


@fault("monitoring.scraped", WARNING, "nobody has fetched /metrics for")
def nobody_watches_any_more(server):
    os.utime(server.folder / "run/soniclayer/metrics/scraped", (time.time() - 4000,) * 2)


@fault("monitoring.alerts", WARNING, "no alerts")
def prometheus_without_alerts(server, serving, monkeypatch):
    address = serving(http_server(200, {"data": {"groups": [{"rules": [{"type": "alerting", "query": "up == 0"}]}]}}))
    monkeypatch.setattr(monitoring, "PROMETHEUS", f"http://{address}")


@fault("proof.backup", WARNING, "no backup yet")
def no_backup(server):
    (server.root / "backups/last-backup.json").unlink()


@fault("proof.backup", WARNING, "is 3 days old")
def old_backup(server):
    server.result("last-backup.json", 3)


@fault("proof.backup", WARNING, "the last backup failed")
def failed_backup(server):
    server.result("last-backup.json", 0, well=False)


@fault("proof.backup", WARNING, "failed (2026-05-04 02:00 UTC): the disk is full")
def backup_that_says_why_it_failed(server):
    result = {"ok": False, "finished_at": "2026-05-04T02:00:00Z", "error": "the disk\nis full"}
    (server.root / "backups/last-backup.json").write_text(json.dumps(result))


@fault("proof.repository", WARNING, "there is no repository in")
def no_place_for_backups(server):
    (server.root / "backups/repository/config").unlink()


@fault("store.readable", WARNING, "damaged Recording (and 1 more)")
def recordings_that_cannot_be_read(server):
    with connect(server.redis.url, server.password) as client:
        client.hset(FAULTS, mapping={"a" * 64: "recording.json: damaged Recording", "b" * 64: "lost"})


@fault("store.retention", WARNING, "recordings are deleted by age or size")
def deleting_without_a_backup(server):
    server.say("backend.env", "SONICLAYER_RETENTION_DAYS=30")
    server.result("last-backup.json", 0, well=False)


@fault("proof.drill", WARNING, "is 15 days old")
def old_drill(server):
    server.result("last-drill.json", 15)


@fault("proof.restore", ERROR, "a restore was broken off")
def restore_cut_off_from_power(server):
    (server.root / "backups" / UNDER_WAY).write_text("{}")


@fault("proof.load_test", ADVICE, "no load test was done")
def no_load_test(server):
    (server.root / "backups/load-test.json").unlink()
