"""`soniclayer restore` that is broken off: what it leaves, what it says of that, and that it can be gone on with."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from backup_place import PASSWORD, BackupPlace, in_between
from service import wait_until

from soniclayer.backup.installed_suite import InstalledSuite
from soniclayer.installation import Installation
from soniclayer.storage.local import LocalStore
from soniclayer.storage.recordings import Recordings

PAUSING = Path(__file__).with_name("pausing_restore.py")
FAILING = """case " $* " in
*" restore "*) real restic "$@"; echo "Fatal: unexpected EOF" >&2; exit 1 ;;
*) real restic "$@" ;;
esac"""
INTERRUPTED = 130
NOTHING_CHANGED = (
    "the restore is broken off before anything was changed: recordings and configuration are as they were, and so are "
    "the services"
)
HALF_WAY = "is broken off half-way, and the services are stopped"
SECRET = "credentials/session_key"  # noqa: S105 - where it lies


@pytest.fixture(scope="module")
def archive(restic_here, tmp_path_factory):
    """A backup of two recordings and a secret, which tests only read."""
    place = BackupPlace(tmp_path_factory.mktemp("archive") / "here")
    place.add(b"one", b"two")
    (place.config / "credentials").mkdir()
    (place.config / SECRET).write_text("of the backup")
    place.must("backup")
    return place


@pytest.fixture
def machine(elsewhere, archive):
    return Machine(elsewhere, archive)


class Machine:
    """One with a recording and a setting of its own, onto which the archive is brought with --force."""

    def __init__(self, place, archive):
        self.place, self.archive = place, archive
        self.notes = place.folder / "notes"
        self.password = place.folder / "password"
        self.password.write_text(f"{PASSWORD}\n")
        self.own = place.add(b"of this machine")
        (place.config / "keys.yaml").write_text("of this machine")

    @property
    def words(self):
        repository = ("--repository", str(self.archive.repository))
        return ("restore", "--force", *repository, "--password-file", str(self.password))

    @property
    def again(self):
        """The command that it must name."""
        snapshot = json.loads(self.archive.restic("snapshots", "--json"))[0]["id"][:8]
        return " ".join(("soniclayer", "restore", snapshot, *self.words[1:]))

    def restore(self, *words, pause="-", when="before", **environment):
        command = [sys.executable, str(PAUSING), pause, when, str(self.notes), *(words or self.words)]
        return subprocess.Popen(command, **self.place._options(environment))

    def interrupted(self, pause, when, number=signal.SIGTERM, **environment):
        """The restore that got a signal there; what it said on standard error."""
        process = self.restore(pause=pause, when=when, **environment)
        wait_until(lambda: "here" in self.done() or process.poll() is not None, 120)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
        assert process.returncode == INTERRUPTED, said
        return said

    def broken(self, **environment):
        process = self.restore(**environment)
        _, said = process.communicate(timeout=120)
        assert process.returncode == 1, said
        return said

    def done(self):
        """With the suite, in order."""
        return self.notes.read_text().split() if self.notes.exists() else []

    def is_as_it_was(self):
        assert self.place.ids() == self.own
        assert sorted(path.name for path in self.place.config.iterdir()) == ["backend.env", "keys.yaml"]
        assert not list(self.place.uploads.glob(".restoring*"))
        assert not (self.place.backups / "restore-under-way.json").exists()

    def has_the_backup(self, *words):
        """After the command that was named, typed as it stands; nothing of this machine is lost."""
        process = self.restore("restore", "--json", *words)
        out, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
        done = json.loads(out)
        uploads_aside, config_aside = done["aside"]
        assert self.place.ids() == self.archive.ids()
        assert (self.place.config / SECRET).read_text() == "of the backup"
        assert Recordings(LocalStore(Path(uploads_aside))).ids() == self.own
        assert Path(config_aside, "keys.yaml").read_text() == "of this machine"
        assert (done["recordings"], done["unfinished"], done["differences"]) == (2, 2, [])
        assert not (self.place.backups / "restore-under-way.json").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_the_snapshot_comes_leaves_everything_as_it_was(machine, number):
    said = machine.interrupted("brought.differences", "after", number)
    machine.is_as_it_was()
    assert said.splitlines()[-2:] == [NOTHING_CHANGED, f"to try again, when the cause is gone: {machine.again}"]
    assert machine.done() == ["here", "resume"]
    machine.has_the_backup(*machine.again.split()[2:])


def test_a_restic_that_fails_in_the_middle_leaves_everything_as_it_was(machine, tmp_path):
    said = machine.broken(**in_between(tmp_path / "bin", "restic", FAILING))
    machine.is_as_it_was()
    first, *rest = [line.removeprefix("soniclayer: ") for line in said.splitlines()[-3:]]
    assert first.endswith("unexpected EOF")
    assert rest == [NOTHING_CHANGED, f"to try again, when the cause is gone: {machine.again}"]


def test_a_signal_after_services_were_stopped_and_before_the_first_change_starts_them_again(machine):
    said = machine.interrupted("suite.stop", "after")
    machine.is_as_it_was()
    assert NOTHING_CHANGED in said
    assert machine.done() == ["stop", "here", "resume"]
    machine.has_the_backup(*machine.again.split()[2:])


def test_services_that_cannot_be_stopped_are_started_again(machine):
    machine.notes.with_suffix(".fails").touch()
    said = machine.broken()
    machine.is_as_it_was()
    assert "systemctl stop failed: no such bus" in said
    assert NOTHING_CHANGED in said
    assert machine.done() == ["stop", "resume"]


@pytest.mark.parametrize(
    ("number", "pause", "when", "stands"),
    [
        (signal.SIGINT, "way.put_aside", "before", "nothing of it has come; what was here is whole"),
        (signal.SIGTERM, "way.put_aside", "after", "nothing of it has come; what was here is whole"),
        (signal.SIGINT, "way.put_uploads", "before", "in their place in part"),
        (signal.SIGTERM, "way.put_uploads", "after", "in their place in part"),
        (signal.SIGINT, "way.put_config", "after", "in their place in part"),
        (signal.SIGTERM, "suite.start", "before", "all of it is in its place: only the suite has to be started"),
    ],
)
def test_a_signal_after_the_first_change_is_told_with_the_command_that_goes_on(machine, number, pause, when, stands):
    said = machine.interrupted(pause, when, number)
    assert HALF_WAY in said
    assert stands in said
    assert ".before-restore-" in said
    assert said.splitlines()[-1] == f"leave them stopped; when the cause is gone, go on with: {machine.again}"
    assert machine.done() == ["stop", "here"]
    machine.has_the_backup(*machine.again.split()[2:])
    assert machine.done()[-1] == "start"


def test_it_goes_on_without_the_repository_and_without_force(machine, tmp_path):
    """Whose password may be another one by now: the configuration came back."""
    machine.interrupted("way.put_uploads", "before")
    words = ("restore", "--repository", str(tmp_path / "gone"))
    process = machine.restore(*words)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert machine.place.ids() == machine.archive.ids()


def test_what_was_brought_and_removed_meanwhile_is_brought_once_more(machine):
    machine.interrupted("way.put_uploads", "before")
    shutil.rmtree(machine.place.uploads / ".restoring")
    machine.has_the_backup(*machine.again.split()[2:])


def test_another_snapshot_is_refused_while_one_is_under_way_and_that_is_named(machine):
    machine.interrupted("way.put_config", "before")
    snapshot = machine.again.split()[2]
    machine.archive.restic("tag", "--add=other", snapshot)  # the same under another id
    other = json.loads(machine.archive.restic("snapshots", "--json"))[0]["id"]
    refused = machine.place.run("restore", other, *machine.words[2:])
    machine.archive.restic("tag", "--remove=other", other)
    assert refused.returncode == 1
    assert "--force moves them aside" in refused.stderr
    assert f"to go on with what was broken off, name snapshot {snapshot}" in refused.stderr


def test_a_disk_that_is_full_before_the_first_change_leaves_everything_as_it_was(machine, small_disk):
    (small_disk / "full").write_bytes(bytes(shutil.disk_usage(small_disk).free))
    said = machine.broken(SONICLAYER_BACKUPS_DIR=str(small_disk))
    machine.is_as_it_was()
    assert "No space left on device" in said
    assert NOTHING_CHANGED in said
    assert machine.done() == ["stop", "resume"]


def test_a_disk_that_is_full_half_way_is_gone_on_with_when_there_is_room(machine, small_disk):
    (machine.place.config / "large").write_bytes(bytes(2**20))
    said = machine.broken(SONICLAYER_BACKUPS_DIR=str(small_disk))
    assert "No space left on device" in said
    assert HALF_WAY in said
    assert f"leave them stopped; when the cause is gone, go on with: {machine.again}" in said
    assert machine.done() == ["stop"]
    (machine.place.config / "large").unlink()
    machine.place.settings["SONICLAYER_BACKUPS_DIR"] = str(small_disk)
    machine.has_the_backup(*machine.again.split()[2:])


def test_units_that_were_stopped_are_started_again_and_no_others(tmp_path, monkeypatch):
    calls = tmp_path / "calls"
    script = f'echo "$*" >>{calls}; [ "$1" != list-units ] || echo "soniclayer.target loaded active active SonicLayer"'
    monkeypatch.setenv("PATH", in_between(tmp_path / "bin", "systemctl", script)["PATH"])
    suite = InstalledSuite(Installation(tmp_path, tmp_path))
    suite.resume()
    assert not calls.exists()
    suite.stop()
    suite.resume()
    listed, stopped, started = calls.read_text().splitlines()
    assert listed.startswith("list-units ")
    assert stopped.startswith("stop soniclayer.target soniclayer-backend.socket ")
    assert started == "start soniclayer.target"
