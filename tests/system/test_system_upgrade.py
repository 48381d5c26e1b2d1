"""From one release to another under load, forwards and back. Back by itself: experiments/test_experiment_upgrade.py."""

from __future__ import annotations

import pytest
from installed_suite import CHECKOUT, SONICLAYER, make
from samples import DATA
from suite_load import under_load

FROM_FOLDERS = ("--wheelhouse", "/root/wheelhouse")
EDITED = "/opt/soniclayer/config/labels.yaml"
ASKED_FOR = ("read", "read_by_nginx", "upload")


@pytest.fixture(scope="module")
def first(suite):
    """The release that was installed first."""
    return release(suite)


def release(suite):
    """The one that runs."""
    return suite.machine.path("/opt/soniclayer/current").readlink().name


def change(suite, file, text):
    """Another checkout: the file, with one more line."""
    with suite.machine.path(f"{CHECKOUT}/{file}").open("a") as opened:
        opened.write(f"{text}\n")


@pytest.fixture(scope="module")
def upgraded(suite, first, jfk):
    """Under load, with a configuration that was edited here and changed there: (what is mine, what was said, load)."""
    mine = f"# mine\n{suite.machine.path(EDITED).read_text()}"
    suite.machine.path(EDITED).write_text(mine)
    change(suite, "config/labels.yaml", "# newer")
    with under_load(suite, jfk) as load:
        said = make(suite.machine, "install", *FROM_FOLDERS).stdout
    return mine, said, load


def test_an_upgrade_under_load_fails_no_request(suite, first, upgraded):
    _, _, load = upgraded
    assert load.failed == [], suite.told()
    assert all(load.succeeded[kind] for kind in ASKED_FOR)
    assert release(suite) != first
    suite.wait_ended(load.uploaded)
    assert suite.machine.output("systemctl", "is-system-running") == "running"


def test_an_edited_configuration_was_left_alone_and_the_new_default_lies_beside_it(suite, upgraded):
    mine, said, _ = upgraded
    edited = suite.machine.path(EDITED)
    assert edited.read_text() == mine
    assert edited.with_name("labels.yaml.new").read_text().endswith("# newer\n")
    assert "labels.yaml.new" in said


def test_rollback_under_load_goes_back_to_the_release_before_and_fails_no_request(suite, first, jfk):
    with under_load(suite, jfk) as load:
        suite.machine.run(SONICLAYER, "rollback", timeout=180)
    assert load.failed == [], suite.told()
    assert release(suite) == first
    suite.wait_ended(load.uploaded)


def test_after_all_that_it_still_transcribes(suite):
    audio_id = suite.upload(DATA / "jfk.flac")
    suite.wait_ended([audio_id])
    assert "ask not what your country can do for you" in suite.text(audio_id).lower()
