"""Commands that people type on an installed machine: who may, and as whom they go on."""

from __future__ import annotations

import json

import pytest
from installed_suite import SONICLAYER
from samples import DATA

FOR_ROOT = "/root/interview.flac"
FOR_ALL = "/var/tmp/interview.flac"  # noqa: S108 - of the machine
AS_ANYBODY = ("runuser", "-u", "nobody", "--")


@pytest.fixture(scope="module")
def machine(suite):
    for place in (FOR_ROOT, FOR_ALL):
        suite.machine.copy_in(DATA / "jfk.flac", place)
    suite.machine.run("chmod", "600", FOR_ROOT)
    return suite.machine


def test_root_analyses_a_file_of_its_own_and_leaves_nothing_of_its_own_in_the_store(machine):
    done = machine.run(SONICLAYER, "analyze", FOR_ROOT, "--json", "-", timeout=180)
    assert "your country" in json.dumps(json.loads(done.stdout))
    assert machine.output("find", "/opt/soniclayer/uploads", "!", "-user", "soniclayer") == ""


def test_an_export_that_could_not_be_written_is_refused_before_the_work(machine):
    done = machine.run(SONICLAYER, "analyze", FOR_ROOT, "--json", "/root/out.json", check=False)
    assert done.returncode == 2
    assert "/root/out.json: soniclayer, who does the work here, cannot write there" in done.stderr


@pytest.mark.parametrize("command", ["status", "reconcile", "cleanup", "personas check", "keys list", "models list"])
def test_anybody_else_is_told_to_use_sudo(machine, command):
    done = machine.run(*AS_ANYBODY, SONICLAYER, *command.split(), check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0].endswith("sudo soniclayer ...")


def test_anybody_with_a_key_may_submit(machine, suite):
    key = {"SONICLAYER_API_KEY": suite.key, "HOME": "/nonexistent"}
    machine.run(*AS_ANYBODY, SONICLAYER, "submit", FOR_ALL, "--wait", env=key, timeout=180)


def test_root_does_not_run_a_service_by_hand(machine):
    done = machine.run(SONICLAYER, "worker", check=False)
    assert done.returncode == 2
    assert "systemctl start soniclayer.target" in done.stderr
