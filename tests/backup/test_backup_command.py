"""`soniclayer backup` with the real restic: what is in a snapshot, and what happens when something is in its way."""

from __future__ import annotations

import json
import platform
import signal
import stat

import pytest
from backup_place import OTHER_PASSWORD, PASSWORD, in_between
from redis_server import close_courier, open_test_courier
from service import wait_until

REDIS_PASSWORD = {"SONICLAYER_REDIS_PASSWORD": "hunter2"}
BEFORE_BACKUP = 'case " $* " in *" backup "*) {} ;; esac; real restic "$@"'


def test_the_first_backup_makes_the_repository_and_holds_everything_but_what_is_half_written(place):
    place.add(b"one", b"two")
    (place.uploads / ".incoming").mkdir(exist_ok=True)
    (place.uploads / ".incoming/half").write_bytes(b"half of it")
    (place.config / "credentials").mkdir()
    (place.config / "credentials/session_key").write_text("secret")
    made = json.loads(place.must("backup", "--json"))
    files = place.restic("ls", made["snapshot"])
    assert made["recordings"] == 2
    assert all(f"{place.uploads}/{audio_id}/recording.json" in files for audio_id in place.ids())
    assert f"{place.config}/credentials/session_key" in files
    assert f"{place.backups}/staging/inventory.json" in files
    assert "half" not in files
    assert stat.S_IMODE(place.repository.stat().st_mode) == 0o700


def test_the_note_of_a_backup_is_for_everybody_and_one_that_fails_keeps_the_time_of_the_last_good_one(place):
    place.add(b"one")
    place.must("backup")
    good = place.proof("last-backup.json")
    failed = place.run("backup", **OTHER_PASSWORD)
    bad = place.proof("last-backup.json")
    assert (good["ok"], good["error"], good["succeeded_at"]) == (True, None, good["finished_at"])
    assert failed.returncode == 1
    assert (bad["ok"], bad["succeeded_at"], bad["snapshot"]) == (False, good["succeeded_at"], good["snapshot"])
    assert "its password is another one" in bad["error"]
    assert stat.S_IMODE((place.backups / "last-backup.json").stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SONICLAYER_BACKUP_REPOSITORY": "rest:http://user:hunter2@127.0.0.1:1/"}, "connection refused"),
        ({"SONICLAYER_BACKUP_PASSWORD": ""}, "there is no password for backups"),
        ({"SONICLAYER_BACKUP_REPOSITORY": "/proc/nowhere"}, "/proc/nowhere"),
        ({"SONICLAYER_UPLOADS_DIR": "/nowhere"}, "/nowhere: there is no store: is its disk mounted?"),
    ],
)
def test_what_is_in_the_way_of_a_backup_is_told_in_one_line_without_a_password(place, settings, said):
    place.add(b"one")
    failed = place.run("backup", **settings)
    [line] = [line for line in failed.stderr.splitlines() if not line.startswith("the backup is without a copy")]
    assert failed.returncode == 1
    assert said in line
    assert "hunter2" not in failed.stderr + (place.backups / "last-backup.json").read_text()


def test_without_restic_the_package_is_named(place, tmp_path):
    (tmp_path / "empty").mkdir()
    failed = place.run("backup", PATH=str(tmp_path / "empty"))
    assert failed.stderr == "soniclayer: restic is not installed: sudo apt-get install restic\n"
    assert place.proof("last-backup.json")["ok"] is False


def test_a_repository_that_is_gone_is_not_begun_anew_by_itself(place):
    place.add(b"one")
    place.must("backup")
    place.repository.rename(place.folder / "unmounted")
    failed = place.run("backup")
    assert "is its disk mounted" in failed.stderr
    assert not place.repository.exists()
    place.must("backup", "--begin-anew")


def test_a_store_that_has_lost_all_it_had_is_not_the_latest_backup(place):
    place.add(b"one")
    place.must("backup")
    place.uploads.rename(place.folder / "unmounted")
    place.uploads.mkdir()
    failed = place.run("backup")
    assert "all 1 recordings of the last backup are gone: is its disk mounted?" in failed.stderr
    assert len(json.loads(place.must("backups", "--json"))["snapshots"]) == 1
    place.must("backup", "--begin-anew")


def test_a_disk_with_too_little_room_is_refused_before_anything_is_written(place, small_disk):
    place.add(bytes(2_000_000))
    failed = place.run("backup", SONICLAYER_BACKUP_REPOSITORY=str(small_disk / "repository"))
    assert "the backup needs" in failed.stderr
    assert list(small_disk.glob("repository/data/*/*")) == []


def test_a_recording_that_is_deleted_meanwhile_is_no_failure_and_in_no_inventory(place, tmp_path):
    kept, deleted = place.add(b"kept", b"deleted")
    environment = in_between(tmp_path / "bin", "restic", BEFORE_BACKUP.format(f"rm -rf {place.uploads}/{deleted}"))
    done = place.run("backup", **environment)
    assert done.returncode == 0, done.stderr
    assert "recordings were deleted meanwhile: once more" in done.stderr
    assert len(json.loads(place.must("backups", "--json"))["snapshots"]) == 1
    inventory = json.loads(place.restic("dump", "latest", f"{place.backups}/staging/inventory.json"))
    assert [item["audio_id"] for item in inventory["recordings"]] == [kept]


def test_a_snapshot_that_lacks_a_recording_which_is_there_is_a_failure(place, tmp_path):
    _, hidden = place.add(b"one", b"two")
    script = f'[[ " $* " != *" backup "* ]] || set -- "--exclude={place.uploads}/{hidden}" "$@"; real restic "$@"'
    failed = place.run("backup", **in_between(tmp_path / "bin", "restic", script))
    assert failed.returncode == 1
    assert f"lacks objects of 1 recordings, among them {hidden}" in failed.stderr


def test_a_file_that_cannot_be_read_is_a_failure(place, tmp_path):
    place.add(b"one")
    item = place.config / "backend.env"
    script = f'echo \'{{"message_type":"error","item":"{item}"}}\' >&2; real restic "$@"; exit 3'  # as restic says it
    failed = place.run("backup", **in_between(tmp_path / "bin", "restic", BEFORE_BACKUP.format(script)))
    assert failed.returncode == 1
    assert f"1 files could not be read, among them {item}" in failed.stderr
    assert "soniclayer-incomplete" in place.restic("snapshots")
    assert json.loads(place.must("backups", "--json"))["snapshots"] == []


def test_a_lock_that_a_killed_restic_left_is_taken_away(place, tmp_path):
    place.add(b"one")
    place.must("backup")
    locks = place.repository / "locks"
    with place.hold(tmp_path / "fifo") as holder:
        wait_until(lambda: any("-tmp-" not in lock.name for lock in locks.iterdir()), 60)  # written, then renamed
        holder.kill()
    assert any(locks.iterdir())
    done = place.run("backup")
    assert done.returncode == 0, done.stderr
    assert "is locked" in done.stderr
    assert not any(locks.iterdir())


def test_two_backups_at_once_are_made_one_after_the_other(place):
    place.add(b"one")
    both = [place.start("backup") for _ in range(2)]
    said = [process.communicate(timeout=240) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("another backup, drill or restore is at work here" in error for _, error in said) == 1
    assert len(json.loads(place.must("backups", "--json"))["snapshots"]) == 1  # of a day, the last one stays


def test_a_backup_that_is_told_to_stop_notes_that_and_leaves_no_lock(place, tmp_path):
    place.add(b"one")
    place.must("backup")
    good = place.proof("last-backup.json")
    mark = tmp_path / "begun"
    environment = in_between(tmp_path / "bin", "restic", BEFORE_BACKUP.format(f": >{mark}; exec sleep 600"))
    process = place.start("backup", **environment)
    wait_until(mark.exists, 60)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    noted = place.proof("last-backup.json")
    assert process.returncode == 130
    assert (noted["ok"], noted["error"]) == (False, "it was interrupted")
    assert noted["succeeded_at"] == good["succeeded_at"]


def test_backups_that_are_not_to_be_kept_go_and_those_of_other_machines_stay(place):
    place.add(b"one")
    place.must("backup")
    place.restic("backup", "--tag=soniclayer", "--host=elsewhere", str(place.config))
    place.restic("backup", "--host", platform.node(), str(place.config))
    place.must("backup")
    hosts = [snapshot["host"] for snapshot in json.loads(place.must("backups", "--json"))["snapshots"]]
    assert hosts == ["elsewhere", platform.node()]
    assert len(json.loads(place.restic("snapshots", "--json"))) == 3


def test_what_redis_has_is_in_the_backup_and_its_password_in_no_argument(place, own_redis, tmp_path):
    place.add(b"one")
    courier = open_test_courier(own_redis.url)
    courier.client.set("a key", "in redis")
    close_courier(courier)
    arguments = tmp_path / "arguments"
    environment = in_between(tmp_path / "bin", "redis-cli", f'echo "$*" >{arguments}; real redis-cli "$@"')
    url = f"unix://{own_redis.socket}"
    place.must("backup", REDIS_URL=url, **REDIS_PASSWORD, **environment)
    assert "hunter2" not in arguments.read_text()
    made = place.run("backup", REDIS_URL=url)
    assert "without a copy of Redis" not in made.stderr
    assert f"{place.backups}/staging/redis.rdb" in place.restic("ls", "latest")


def test_the_password_and_the_environment_of_a_repository_reach_restic_alone_and_by_no_argument(place, tmp_path):
    place.add(b"one")
    seen = tmp_path / "seen"
    script = f'echo "$*" >>{seen}.arguments; env >>{seen}.environment; real restic "$@"'
    environment = in_between(tmp_path / "bin", "restic", script)
    place.must("backup", SONICLAYER_BACKUP_ENVIRONMENT="AWS_SECRET_ACCESS_KEY=hunter2\n# a word\n", **environment)
    variables = (tmp_path / "seen.environment").read_text()
    assert "AWS_SECRET_ACCESS_KEY=hunter2" in variables
    assert PASSWORD not in variables + (tmp_path / "seen.arguments").read_text()
    assert "SONICLAYER_" not in variables


def test_backups_are_listed_with_how_the_latest_went(place):
    place.add(b"one")
    place.must("backup")
    listed = place.must("backups")
    assert f"  {platform.node()}\n" in listed
    assert f"1 backups in {place.repository}\nlast backup: well, " in listed
    assert listed.endswith("last drill: none yet\n")


def test_a_place_is_read_from_where_links_lead(place, tmp_path):
    place.add(b"one")
    link = tmp_path / "link"
    link.symlink_to(place.uploads)
    made = json.loads(place.must("backup", "--json", SONICLAYER_UPLOADS_DIR=str(link)))
    assert made["recordings"] == 1
