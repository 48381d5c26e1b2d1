"""What install.sh lays out, and that a second run changes nothing of it."""

from __future__ import annotations

import fcntl
import os

import pytest
from staged_install import call, mode

MODES = {
    "opt/soniclayer": "0755",
    "opt/soniclayer/config": "0750",
    "opt/soniclayer/config/backend.env": "0640",
    "opt/soniclayer/config/personas/parent.yaml": "0640",
    "opt/soniclayer/config/credentials": "0700",
    "opt/soniclayer/config/credentials/session_key": "0600",
    "opt/soniclayer/config/credentials/redis_password": "0600",
    "opt/soniclayer/config/tls": "0700",
    "opt/soniclayer/config/tls/privkey.pem": "0600",
    "opt/soniclayer/uploads": "0710",
    "opt/soniclayer/models": "0755",
    "opt/soniclayer/backups": "0755",
    "opt/soniclayer/backups/repository": "0700",
    "etc/redis/redis-soniclayer.conf": "0640",
    "etc/systemd/system/soniclayer-worker@.service": "0644",
    "etc/nginx/sites-available/soniclayer.conf": "0644",
}


def test_everything_lies_at_its_place_whatever_the_umask(stage):
    before = os.umask(0o077)
    try:
        stage.settled("1.0")
    finally:
        os.umask(before)
    assert {name: mode(stage.folder / name) for name in MODES} == MODES


def test_a_second_run_changes_nothing_and_says_so(stage):
    stage.settled("1.0", "--workers", "2")
    before = stage.everything()
    again = stage.settled("1.0", "--workers", "2")
    assert again.splitlines()[-1] == "SonicLayer 1.0: nothing changed"
    assert "+ " not in again
    assert stage.everything() == before


def test_links_name_the_final_place(stage):
    stage.settled("1.0")
    links = ("usr/local/bin/soniclayer", "opt/soniclayer/current", "etc/nginx/sites-enabled/soniclayer.conf")
    assert [str((stage.folder / link).readlink()) for link in links] == [
        "/opt/soniclayer/current/venv/bin/soniclayer",
        "releases/1.0",
        "/etc/nginx/sites-available/soniclayer.conf",
    ]


def test_nginx_sends_the_dashboard_of_the_release_that_runs(stage):
    stage.settled("1.0")
    site = (stage.folder / "etc/nginx/sites-available/soniclayer.conf").read_text()
    assert "root /opt/soniclayer/current/dashboard;" in site


def test_secrets_are_random_and_the_key_is_shown_once(stage, tmp_path):
    first = stage.settled("1.0")
    secrets = {(stage.config / "credentials" / name).read_text() for name in ("redis_password", "session_key")}
    assert all(len(secret.strip()) == 64 for secret in secrets)
    assert len(secrets) == 2
    assert not any(secret.strip() in first for secret in secrets)
    assert "slk_first" in first
    assert "slk_first" not in stage.settled("1.0")


def test_redis_gets_the_password_and_a_bound_on_its_memory(stage):
    stage.settled("1.0")
    text = (stage.folder / "etc/redis/redis-soniclayer.conf").read_text()
    password = (stage.config / "credentials/redis_password").read_text().strip()
    assert f"requirepass {password}\n" in text
    assert "@" not in "".join(line for line in text.splitlines() if not line.startswith("#"))


def test_the_certificate_is_for_the_domain_and_is_made_anew_for_another(stage):
    def names():
        shown = call("openssl", "x509", "-in", stage.config / "tls/fullchain.pem", "-noout", "-ext", "subjectAltName")
        return shown.stdout

    stage.settled("1.0", "--domain", "one.example")
    assert "DNS:one.example" in names()
    assert "DNS:localhost" in names()
    stage.settled("1.0", "--domain", "two.example")
    assert "DNS:two.example" in names()


def test_a_given_certificate_is_taken_and_then_left_alone(stage, tmp_path):
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    make = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=mine", "-keyout", key, "-out")
    assert call(*make, certificate).returncode == 0
    stage.settled("1.0", "--certificate", certificate, "--key", key)
    stage.settled("1.0", "--domain", "other.example")
    assert (stage.config / "tls/fullchain.pem").read_bytes() == certificate.read_bytes()
    assert mode(stage.config / "tls/privkey.pem") == "0600"


def test_without_nginx_there_is_no_site_and_no_certificate(stage):
    stage.settled("1.0")
    stage.settled("1.0", "--without-nginx")
    assert not (stage.folder / "etc/nginx/sites-enabled/soniclayer.conf").is_symlink()
    assert not (stage.folder / "etc/nginx/sites-available/soniclayer.conf").exists()


def test_a_redis_elsewhere_is_in_the_settings_and_is_let_out_to(stage):
    url = "rediss://192.0.2.7:6380/0"
    stage.settled("1.0", "--without-redis", "--redis-url", url)
    assert f"\nREDIS_URL={url}\n" in (stage.config / "backend.env").read_text()
    assert f"\nREDIS_URL={url}\n" in (stage.config / "worker.env").read_text()
    assert not (stage.folder / "etc/redis/redis-soniclayer.conf").exists()
    for unit in ("soniclayer-backend.service", "soniclayer-worker@.service"):
        drop_in = stage.folder / f"etc/systemd/system/{unit}.d/50-soniclayer-network.conf"
        assert "IPAddressAllow=192.0.2.7\n" in drop_in.read_text()


@pytest.mark.parametrize("written", ["{}", '"{}"', "'{}'", "{} ", "local:{}"])
def test_units_may_write_to_a_repository_with_blanks_and_percent_in_its_path(stage, tmp_path, written):
    folder = tmp_path / "my 100% disk"
    stage.settled("1.0")
    with (stage.config / "backup.env").open("a") as file:
        file.write(f"SONICLAYER_BACKUP_REPOSITORY={written.format(folder)}\n")
    stage.settled("1.0")
    drop_in = "[Service]\nType=oneshot\nExecStart=/bin/true\n" + drop_in_of_repository(stage).read_text()
    unit = tmp_path / "drop-in-read-by-systemd.service"
    unit.write_text(drop_in)
    said = call("systemd-analyze", "verify", "--man=no", unit)
    quoted = str(folder).replace("%", "%%")
    assert f'ReadWritePaths="{quoted}"\n' in drop_in
    assert f'RequiresMountsFor="{quoted}"\n' in drop_in
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


def test_a_repository_with_a_backslash_in_its_path_is_refused(stage):
    """systemd would read it as another path than the units are let write to."""
    stage.settled("1.0")
    with (stage.config / "backup.env").open("a") as file:
        file.write("SONICLAYER_BACKUP_REPOSITORY=/mnt/my\\ disk\n")
    refused = stage.settle("1.0")
    assert refused.returncode == 1
    assert "SONICLAYER_BACKUP_REPOSITORY is /mnt/my\\ disk: need it without \\" in refused.stderr
    assert not drop_in_of_repository(stage).exists()


def drop_in_of_repository(stage):
    return stage.folder / "etc/systemd/system/soniclayer-backup.service.d/50-soniclayer-repository.conf"


def test_one_installation_at_a_time(stage):
    folder = os.open(stage.folder, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        refused = stage.settle("1.0")
    finally:
        os.close(folder)
    assert refused.returncode == 1
    assert "another install.sh is at work" in refused.stderr
    assert not stage.config.exists()


def test_a_failure_says_what_was_done_what_was_not_and_how_to_go_on(stage):
    stopped = stage.settle("1.0", MODELS_VERIFY="1")
    assert stopped.returncode == 1
    assert "install.sh stopped in: fetch models" in stopped.stderr
    assert "done:     create users, make folders" in stopped.stderr
    assert "not done: fetch models, set up redis" in stopped.stderr
    assert "the same command again" in stopped.stderr
    assert not (stage.root / "current").is_symlink()
    assert "SonicLayer 1.0 is laid out" in stage.settled("1.0")


@pytest.mark.skipif("os.geteuid() != 0", reason="only root gives files away")
def test_owners_are_those_of_the_image(stage):
    (stage.folder / "etc").mkdir()
    (stage.folder / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\nsoniclayer:x:7001:7002::/:/bin/false\n")
    groups = "root:x:0:\nsoniclayer:x:7002:\nsoniclayer-web:x:7003:\nsoniclayer-redis:x:7004:\n"
    (stage.folder / "etc/group").write_text(groups)
    stage.settled("1.0")
    uploads = (stage.root / "uploads").stat()
    assert (uploads.st_uid, uploads.st_gid) == (7001, 7003)
    assert (stage.folder / "etc/redis/redis-soniclayer.conf").stat().st_gid == 7004


def test_an_image_without_users_says_that_owners_are_missing(stage):
    assert "owners are not set" in stage.settled("1.0")
    assert not (stage.folder / "etc/passwd").exists()
