"""soniclayer-cleanup.service on an installed machine: what it removes, as whom, and that nothing else is touched."""

from __future__ import annotations

import json
import re

import pytest
from installed_suite import SONICLAYER
from samples import DATA
from service import wait_until

CLEANUP = "soniclayer-cleanup.service"
OPT = "/opt/soniclayer"


@pytest.fixture(scope="module")
def recordings(suite):
    """Two that have ended: one uploaded years ago, by its manifest, and one of today."""
    old, young = suite.upload(DATA / "speech_es.ogg"), suite.upload(DATA / "jfk.flac")
    suite.wait_ended([old, young])
    manifest = suite.machine.path(f"{OPT}/uploads/{old}/recording.json")
    manifest.write_text(
        re.sub('"uploaded_at":"[^"]*"', '"uploaded_at":"2020-01-01T00:00:00+00:00"', manifest.read_text())
    )
    return old, young


def test_at_night_old_releases_and_recordings_go_as_the_settings_say_and_nothing_else(suite, recordings):
    old, young = recordings
    machine = suite.machine
    machine.run("sh", "-c", f"mkdir {OPT}/releases/0.0.1+broken && touch -d '2 days ago' {OPT}/releases/0.0.1+broken")
    running = machine.output("readlink", f"{OPT}/current")
    suite.systemctl("start", CLEANUP)
    assert machine.output("ls", f"{OPT}/releases") == running.rpartition("/")[2]
    assert suite.state(old) == "completed"
    with machine.path(f"{OPT}/config/backend.env").open("a") as settings:
        settings.write("SONICLAYER_RETENTION_DAYS=365\n")
    would = machine.output(SONICLAYER, "cleanup", "--dry-run")
    assert suite.state(old) == "completed"
    suite.systemctl("start", CLEANUP)
    assert re.fullmatch(f"would remove recording {old} .*: older than 365 days", would)
    journal = suite.journal("-u", CLEANUP)
    assert would.replace("would remove", "removed") in journal
    assert "removed release 0.0.1+broken (interrupted while it was installed)" in journal
    listed = suite.ask("GET", "/recordings").json()["recordings"]
    assert [recording["audio_id"] for recording in listed] == [young]
    assert suite.ask("GET", f"/recordings/{old}").status_code == 404
    assert suite.text(young)


def test_metrics_tell_of_the_certificate_the_disk_and_the_latest_step(suite, recordings):
    assert recordings
    told = {}

    def tell_of_the_certificate():
        text = suite.ask("GET", "/metrics").text
        told.update(re.findall(r"^soniclayer_([a-z_]+)(?:\{[^}]*\})? (\S+)$", text, re.MULTILINE))
        return "certificate_expiry_timestamp_seconds" in told

    wait_until(tell_of_the_certificate, 90, suite.told)  # a process that nginx did not answer asks it a minute later
    expires = suite.machine.output("openssl", "x509", "-noout", "-enddate", "-in", f"{OPT}/config/tls/fullchain.pem")
    epoch_s = suite.machine.output("date", "+%s", "--date", expires.removeprefix("notAfter="))
    assert float(told["certificate_expiry_timestamp_seconds"]) == float(epoch_s)
    assert 0 < float(told["store_free_bytes"]) < float(told["store_size_bytes"])
    assert float(told["redis_max_memory_bytes"]) > 0
    assert float(told["step_timestamp_seconds"]) > 1.7e9
    result = {"ok": True, "finished_at": "2026-05-04T02:00:00+00:00", "succeeded_at": "2026-05-04T02:00:00+00:00"}
    suite.machine.path(f"{OPT}/backups/last-backup.json").write_text(json.dumps(result))
    assert "soniclayer_backup_ok 1.0" in suite.ask("GET", "/metrics").text
