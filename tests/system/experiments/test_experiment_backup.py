"""A backup under load, a machine that loses everything, and the backup brought back onto it."""

from __future__ import annotations

import json
import time

import pytest
from criterion import Accepted
from installed_suite import INSTALL_S, SONICLAYER, make
from suite_load import under_load

from soniclayer.backup.inventory import take_inventory
from soniclayer.backup.places import Places

FROM_FOLDERS = ("--wheelhouse", "/root/wheelhouse", "--models", "/root/models")
KEPT = "/root/kept"
OF_THE_INSTALLER = "/etc/nginx/sites-enabled/soniclayer.conf /etc/redis/redis-soniclayer.conf"
DATA = "/opt/soniclayer/uploads /opt/soniclayer/config /opt/soniclayer/backups /var/lib/redis-soniclayer"
ENDED = {"completed", "completed_with_errors", "failed"}


@pytest.mark.experiment(17, ci=True, spoils=True)
def test_a_machine_that_lost_everything_has_the_inventory_and_hashes_of_its_backup_again(
    suite, figures, scale, clips, jfk, long_speech
):
    """`soniclayer backup` while clients upload and workers work; all data, secrets and Redis removed; `restore`."""
    ended = [suite.upload(next(clips)) for _ in range(scale(3, 20))]
    suite.wait_ended(ended)
    under_way = suite.upload(long_speech)
    with under_load(suite, jfk):
        began_s = time.monotonic()
        backup = json.loads(suite.machine.run(SONICLAYER, "backup", "--json", timeout=INSTALL_S).stdout)
        backup_s = time.monotonic() - began_s
    inventory = inventory_of(suite, backup["snapshot"])
    results = {audio_id: suite.ask("GET", f"/segments/{audio_id}").json()["segments"] for audio_id in ended}
    lose_everything(suite)

    began_s = time.monotonic()
    restored = json.loads(restore(suite).stdout)
    restore_s = time.monotonic() - began_s
    assert restored["differences"] == []
    assert restored["recordings"] == len(inventory)
    assert inventory.keys() >= {*ended, under_way}
    now = items(suite)
    assert {audio_id: now[audio_id].run for audio_id in inventory} == {
        audio_id: item["run"] for audio_id, item in inventory.items()
    }
    assert {a: now[a].objects for a in inventory if inventory[a]["state"] in ENDED} == {
        a: item["objects"] for a, item in inventory.items() if item["state"] in ENDED
    }
    found = check(suite, inventory)
    assert {audio_id: suite.ask("GET", f"/segments/{audio_id}").json()["segments"] for audio_id in ended} == results
    recovered_s = {"backup_s": round(backup_s, 1), "recovered_s": round(restore_s, 1)}
    figures(**found, **recovered_s, unfinished=restored["unfinished"])


def inventory_of(suite, snapshot):
    """What the snapshot says of itself, by id; the repository and its password are taken to a safe place."""
    credentials = "/opt/soniclayer/config/credentials"
    suite.machine.run("mkdir", "--parents", KEPT)
    suite.machine.run("cp", "--archive", "/opt/soniclayer/backups/repository", KEPT)
    suite.machine.run("cp", f"{credentials}/backup_password", f"{KEPT}/password")
    restic = ("restic", "--no-cache", "--repo", f"{KEPT}/repository", "--password-file", f"{KEPT}/password")
    told = suite.machine.output(*restic, "dump", snapshot, "/opt/soniclayer/backups/staging/inventory.json")
    return {item["audio_id"]: item for item in json.loads(told)["recordings"]}


def lose_everything(suite):
    """As on another machine: the same release is installed, with secrets of its own, and nothing is in it."""
    suite.systemctl(
        "stop", "soniclayer.target", "soniclayer-backend.socket", "soniclayer-backend", "soniclayer-worker@*"
    )
    suite.systemctl("stop", "redis-server@soniclayer")
    suite.machine.run("sh", "-c", f"rm {OF_THE_INSTALLER}; find {DATA} -mindepth 1 -delete")
    make(suite.machine, "install", *FROM_FOLDERS)
    assert items(suite) == {}
    assert suite.ask("GET", "/recordings").status_code == 403  # the old key is not known here


def restore(suite):
    """In one command."""
    words = ("restore", "--json", "--repository", f"{KEPT}/repository", "--password-file", f"{KEPT}/password")
    return suite.machine.run(SONICLAYER, *words, timeout=INSTALL_S)


def items(suite):
    """Every recording that is in the store now."""
    uploads = suite.machine.path("/opt/soniclayer/uploads")
    found = take_inventory(Places(uploads, None, uploads), "studio")
    return found.by_id()


def check(suite, inventory):
    """The common criterion, for all that was in the backup."""
    came_back = Accepted(suite)
    came_back._ids.update(dict.fromkeys(inventory))
    came_back.watch.start()
    try:
        return came_back.check(180)
    finally:
        came_back.watch.stop()
