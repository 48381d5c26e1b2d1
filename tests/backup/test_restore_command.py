"""`soniclayer restore` with the real restic: onto an empty place, over what is there, and after it died half-way."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from backup_place import OTHER_PASSWORD, PASSWORD, BackupPlace
from crashing_disk import Crash
from fake_engine import FakeEngine
from samples import take_in, work_off

from soniclayer.backup import way
from soniclayer.backup.installed_suite import NoSuite
from soniclayer.backup.places import Places
from soniclayer.backup.repository import Repository
from soniclayer.backup.restic import Restic
from soniclayer.backup.restore import restore
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings

SECRET = "credentials/session_key"  # noqa: S105 - where it lies


@pytest.fixture(scope="module")
def archive(restic_here, tmp_path_factory):
    """A backup that tests only read, of a finished recording, one with all its steps left, and a secret."""
    return fill(BackupPlace(tmp_path_factory.mktemp("archive") / "here"))


@pytest.fixture
def backed_up(place):
    """The same, to be changed."""
    return fill(place)


def fill(place):
    work_off(take_in(place.store, b"done"), FakeEngine())
    place.add(b"not done")
    (place.config / "credentials").mkdir()
    (place.config / SECRET).write_text("secret")
    place.must("backup")
    return place


def from_(place):
    """The options for the repository of another place."""
    password = place.folder / "password"
    password.write_text(f"{PASSWORD}\n")
    return ("--repository", str(place.repository), "--password-file", str(password))


def objects(place):
    """What is in a store, but for the open list and what is not copied."""
    store = place.store
    names = [name for name in store.list("") if not name.startswith((".", "open/")) and "audio.flac" not in name]
    return {name: store.read(name) for name in names}


class Quiet:
    def begin(self, *what):
        pass

    seen = note = begin


def test_an_empty_place_has_every_object_and_secret_of_the_backup_again(archive, elsewhere):
    done = json.loads(elsewhere.must("restore", "--json", *from_(archive)))
    assert (done["recordings"], done["unfinished"], done["differences"]) == (2, 1, [])
    assert objects(elsewhere) == objects(archive)
    assert (elsewhere.config / SECRET).read_text() == "secret"
    assert not list(elsewhere.uploads.glob(".restoring*"))


def test_what_was_not_done_is_on_the_open_list_again_whenever_that_was_copied(backed_up, elsewhere):
    unfinished = sha256(b"not done").hexdigest()
    shutil.rmtree(backed_up.uploads / "open")  # as if it had been copied before the upload, and the recording after it
    backed_up.must("backup")
    elsewhere.must("restore", *from_(backed_up))
    assert Recordings(elsewhere.store).open_ids() == [unfinished]


def test_where_there_are_recordings_nothing_is_changed(archive, elsewhere):
    elsewhere.add(b"of this machine")
    before = objects(elsewhere)
    refused = elsewhere.run("restore", *from_(archive))
    assert refused.returncode == 1
    assert "has 1 recordings, and nothing was changed; --force moves them aside" in refused.stderr
    assert objects(elsewhere) == before


def test_force_moves_what_was_there_aside_and_says_where(archive, elsewhere):
    (own,) = elsewhere.add(b"of this machine")
    (elsewhere.config / "keys.yaml").write_text("of this machine")
    done = json.loads(elsewhere.must("restore", "--json", "--force", *from_(archive)))
    uploads_aside, config_aside = done["aside"]
    assert objects(elsewhere) == objects(archive)
    assert Recordings(LocalStore(Path(uploads_aside))).ids() == [own]
    assert Path(config_aside, "keys.yaml").read_text() == "of this machine"


@pytest.mark.parametrize("dies_in", ["put_aside", "put_uploads", "put_config"])
def test_a_restore_that_died_half_way_is_started_again_without_force(archive, elsewhere, monkeypatch, dies_in):
    real = getattr(way, dies_in)

    def dies(source, target):
        real(source, target)
        raise Crash

    monkeypatch.setattr(way, dies_in, dies)
    restic = Restic(Repository(str(archive.repository), PASSWORD), Quiet())
    places = Places(elsewhere.uploads, elsewhere.config, elsewhere.backups)
    elsewhere.backups.mkdir()
    with pytest.raises(Crash):
        restore(places, restic, NoSuite(), Quiet(), snapshot=None, force=False, again=str)
    done = json.loads(elsewhere.must("restore", "--json", *from_(archive)))
    assert done["differences"] == []
    assert objects(elsewhere) == objects(archive)
    assert (elsewhere.config / SECRET).read_text() == "secret"
    assert elsewhere.run("restore", *from_(archive)).returncode == 1  # it is not under way any more


def test_what_a_restore_has_left_half_way_is_not_backed_up(backed_up):
    (backed_up.backups / way.UNDER_WAY).write_text("{}")
    refused = backed_up.run("backup")
    assert "a restore was broken off half-way" in refused.stderr
    assert backed_up.proof("last-backup.json")["ok"] is False
    assert len(json.loads(backed_up.restic("snapshots", "--json"))) == 1


def test_a_recording_with_other_bytes_than_were_uploaded_is_named_and_the_rest_comes_back(backed_up, elsewhere):
    damaged = damage(backed_up)
    backed_up.must("backup")
    done = elsewhere.run("restore", *from_(backed_up))
    assert done.returncode == 1
    assert f"differs: {damaged}: its source has other bytes" in done.stdout
    assert elsewhere.ids() == backed_up.ids()


def test_a_drill_names_what_is_not_as_it_was_and_leaves_nothing_behind(backed_up):
    assert "2 of 2 recordings" in backed_up.must("drill")
    assert backed_up.proof("last-drill.json")["ok"] is True
    damaged = damage(backed_up)
    backed_up.must("backup")
    failed = backed_up.run("drill")
    noted = backed_up.proof("last-drill.json")
    assert failed.returncode == 1
    assert f"{damaged}: its source has other bytes" in failed.stderr
    assert (noted["ok"], noted["error"][:9]) == (False, "snapshot ")
    assert not list(backed_up.backups.glob("soniclayer-drill*"))


def test_a_drill_finds_a_recording_that_has_less_than_its_inventory_says(backed_up):
    staged = backed_up.backups / "staging/inventory.json"
    inventory = json.loads(staged.read_text())
    inventory["recordings"][0]["objects"] += 1
    staged.write_text(json.dumps(inventory))
    paths = (backed_up.uploads, backed_up.config, staged.parent)
    backed_up.restic("backup", "--tag=soniclayer", *map(str, paths))
    failed = backed_up.run("drill", "--all")
    assert failed.returncode == 1
    assert f"{inventory['recordings'][0]['audio_id']}: has " in failed.stderr


def test_a_drill_finds_a_repository_that_has_lost_a_file(backed_up):
    packs = sorted((backed_up.repository / "data").glob("*/*"))
    packs[0].unlink()
    assert backed_up.run("drill").returncode == 1
    assert backed_up.proof("last-drill.json")["ok"] is False


def test_a_recording_that_was_deleted_since_is_not_missed_by_a_drill(backed_up):
    recordings = Recordings(backed_up.store)
    recordings.delete(recordings.get(backed_up.ids()[0]))
    backed_up.must("drill", "--all")


def test_a_drill_without_room_for_its_sample_is_refused(place, small_disk):
    place.add(bytes(2_000_000))
    place.must("backup")
    failed = place.run("drill", "--scratch", str(small_disk))
    assert "the drill needs" in failed.stderr
    assert list(small_disk.iterdir()) == []


def test_a_drill_leaves_the_room_that_uploads_need(backed_up):
    failed = backed_up.run("drill", SONICLAYER_MIN_FREE_BYTES=str(10**18))
    assert "the drill needs" in failed.stderr


def test_where_several_machines_have_backups_one_has_to_be_named(backed_up):
    snapshots = json.loads(backed_up.restic("snapshots", "--json"))
    backed_up.restic("backup", "--tag=soniclayer", "--host=one", str(backed_up.config))
    backed_up.restic("backup", "--tag=soniclayer", "--host=two", str(backed_up.config))
    backed_up.restic("forget", snapshots[0]["id"])
    refused = backed_up.run("drill")
    assert "there are backups of one, two: name a snapshot" in refused.stderr


def test_a_repository_that_was_begun_here_with_another_password_is_put_aside(archive, elsewhere):
    elsewhere.must("backup", **OTHER_PASSWORD)
    said = elsewhere.must("restore", *from_(archive))
    assert f"{elsewhere.repository} had another password" in said
    elsewhere.must("backup")


def damage(place):
    """Other bytes in the source of a recording; its id."""
    audio_id = place.ids()[0]
    (source,) = place.uploads.glob(f"{audio_id}/*/source")
    source.write_bytes(b"other bytes")
    return audio_id
