"""Taking the suite away and putting it back; all of it without a network, from a folder of wheels."""

from __future__ import annotations

import pytest
from installed_suite import InstalledSuite, make, suite_on
from machine_tree import tree_of
from samples import DATA

FROM_FOLDERS = ("--wheelhouse", "/root/wheelhouse", "--models", "/root/models")
DATA_FOLDERS = {"backups", "config", "models", "uploads"}
LOCK = "/run/soniclayer-install.lock"  # of install.sh itself, until the next boot
PLACES = ("/etc", "/usr/local", "/var/lib", "/var/cache", "/run", "/opt")


@pytest.fixture(scope="module")
def text(suite):
    """Of a recording that was there before anything was taken away."""
    audio_id = suite.upload(DATA / "jfk.flac")
    suite.wait_ended([audio_id])
    return audio_id, suite.text(audio_id)


def test_uninstall_takes_code_and_units_and_leaves_the_data(suite, text):
    make(suite.machine, "uninstall")
    left = {path.name for path in suite.machine.path("/opt/soniclayer").iterdir()}
    assert left == DATA_FOLDERS
    assert suite.machine.run("systemctl", "list-unit-files", "--no-legend", "soniclayer*", check=False).stdout == ""
    assert suite.machine.run("pgrep", "--euid", "soniclayer", check=False).stdout == ""
    assert suite.machine.output("systemctl", "is-system-running") == "running"
    assert not suite.machine.path("/usr/local/bin/soniclayer").is_symlink()


def test_what_was_uninstalled_and_installed_again_has_its_recordings_and_keys(suite, text):
    audio_id, said = text
    make(suite.machine, "install", *FROM_FOLDERS)
    assert suite.text(audio_id) == said
    assert [line["audio_id"] for line in suite.ask("GET", "/recordings").json()["recordings"]].count(audio_id) == 1


def test_purge_asks_first_and_takes_nothing_without_a_yes(suite):
    declined = suite.machine.run("make", "--directory", "/root/soniclayer", "purge", check=False, input="no\n")
    assert declined.returncode != 0 or "nothing" in declined.stdout
    assert suite.ask("GET", "/health/live").status_code == 200


def test_purge_removes_nothing_when_the_recordings_are_on_a_disk_of_their_own(suite):
    uploads = "/opt/soniclayer/uploads"
    suite.machine.run("mount", "--bind", uploads, uploads)
    refused = make(suite.machine, "purge", "--yes", check=False)
    suite.machine.run("umount", uploads)
    assert refused.returncode != 0
    assert f"{uploads} is a disk of its own" in refused.stderr
    assert suite.ask("GET", "/health/live").status_code == 200


def test_purge_takes_all_of_it(suite):
    make(suite.machine, "purge", "--yes")
    left = {path for path in tree_of(suite.machine, *PLACES) if "soniclayer" in path}
    assert left <= {LOCK}
    users = suite.machine.output("cat", "/etc/passwd", "/etc/group")
    assert "soniclayer" not in users
    assert suite.machine.output("systemctl", "is-system-running") == "running"


def test_an_account_of_a_person_is_not_taken_over(suite):
    suite.machine.run("useradd", "--shell", "/bin/bash", "soniclayer")
    refused = make(suite.machine, "install", "--dry-run", *FROM_FOLDERS, check=False)
    suite.machine.run("userdel", "soniclayer")
    assert refused.returncode != 0
    assert "there is a user soniclayer that can log in" in refused.stderr


def test_without_a_network_it_installs_from_a_folder_of_wheels(suite):
    assert suite.machine.run("ip", "route").stdout == ""
    make(suite.machine, "install", *FROM_FOLDERS)
    fresh = suite_on(suite.machine)
    assert isinstance(fresh, InstalledSuite)
    audio_id = fresh.upload(DATA / "jfk.flac")
    fresh.wait_ended([audio_id])
    assert "ask not what your country can do for you" in fresh.text(audio_id).lower()
