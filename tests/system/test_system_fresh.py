"""`make install` on a fresh Debian, and what a sysadmin sees then."""

from __future__ import annotations

import json
import re

import pytest
from installed_suite import KEY, make
from machine_tree import differences, tree_of
from samples import DATA
from service import wait_until

SITE = re.compile(r"https://[^\s/]+")
INSTALLED = ("/opt/soniclayer", "/etc", "/usr/local", "/var/lib/soniclayer", "/var/lib/systemd/linger")


@pytest.fixture(scope="module")
def told(fresh):
    """Site and key, as the installer showed them."""
    _, output = fresh
    return SITE.search(output)[0], KEY.search(output)[0]


@pytest.fixture(scope="module")
def transcript(fresh, told):
    """The id and the text of a recording that went in and out by curl, through nginx over TLS."""
    suite, _ = fresh
    site, key = told
    suite.machine.copy_in(DATA / "jfk.flac", "/root/jfk.flac")
    curl = ("curl", "--silent", "--show-error", "--fail", "--cacert", "/opt/soniclayer/config/tls/fullchain.pem")
    with_key = (*curl, "--header", f"X-API-Key: {key}")
    accepted = json.loads(suite.machine.output(*with_key, "--form", "file=@/root/jfk.flac", f"{site}/api/evaluate/"))
    suite.wait_ended([accepted["audio_id"]])
    return accepted["audio_id"], suite.machine.output(*with_key, f"{site}/api/transcripts/{accepted['audio_id']}.txt")


def test_make_install_alone_leaves_a_running_machine(fresh):
    suite, _ = fresh
    assert suite.machine.output("systemctl", "is-system-running") == "running"
    assert suite.machine.output("systemctl", "is-active", "soniclayer.target") == "active"


def test_what_is_uploaded_through_nginx_over_tls_comes_back_as_a_transcript(transcript):
    _, text = transcript
    assert "ask not what your country can do for you" in text.lower()


def test_a_browser_gets_the_dashboard_of_the_release_that_runs(fresh, told):
    suite, _ = fresh
    curl = ("curl", "--silent", "--show-error", "--fail", "--cacert", "/opt/soniclayer/config/tls/fullchain.pem")
    for name, part in (("", '<script type="module"'), ("js/main.js", "startShell")):
        assert part in suite.machine.output(*curl, f"{told[0]}/{name}")


def test_the_journal_tells_of_the_recording_by_unit(fresh, transcript):
    suite, _ = fresh
    audio_id, _ = transcript
    assert audio_id in suite.journal("--unit=soniclayer-backend")
    assert audio_id in suite.journal("--unit=soniclayer-worker@*")


def test_the_journal_never_tells_what_was_said_or_a_secret(fresh, transcript, told):
    suite, _ = fresh
    journal = suite.journal().lower()
    secrets = [path.read_text().strip() for path in suite.machine.path("/opt/soniclayer/config/credentials").iterdir()]
    assert "your country" not in journal
    assert not [secret for secret in (*secrets, told[1]) if secret and secret.lower() in journal]


def test_status_says_that_all_is_well(fresh):
    suite, _ = fresh
    assert suite.machine.run("soniclayer", "status", check=False).returncode == 0


def test_there_is_a_worker_per_core(fresh):
    suite, _ = fresh
    workers = suite.machine.output(
        "systemctl", "list-units", "--plain", "--no-legend", "soniclayer-worker@*"
    ).splitlines()
    assert len(workers) == int(suite.machine.output("nproc"))


def test_installing_again_changes_no_file_no_unit_and_no_process_and_says_so(fresh, transcript):
    suite, output = fresh
    before, running = tree_of(suite.machine, *INSTALLED), suite.running()
    again = make(suite.machine, "install").stdout
    assert differences(before, tree_of(suite.machine, *INSTALLED)) == []
    assert suite.running() == running
    assert "nothing changed" in again
    assert KEY.search(output)
    assert not KEY.search(again)


def test_a_worker_more_is_one_command(fresh):
    suite, _ = fresh
    count = int(suite.machine.output("nproc")) + 1
    suite.systemctl("enable", "--now", f"soniclayer-worker@{count}")
    assert suite.fact(f"soniclayer-worker@{count}", "ActiveState") == "active"
    suite.systemctl("disable", "--now", f"soniclayer-worker@{count}")


def test_a_worker_says_in_its_status_what_it_is_doing(fresh, long_speech):
    suite, _ = fresh
    audio_id = suite.upload(long_speech)
    workers = [f"soniclayer-worker@{number}" for number in (1, 2)]
    wait_until(lambda: any(audio_id[:8] in suite.fact(unit, "StatusText") for unit in workers), 60, suite.told)
    assert suite.ask("DELETE", f"/recordings/{audio_id}").status_code == 204
