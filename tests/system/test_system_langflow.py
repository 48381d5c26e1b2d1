"""`make install-langflow` on a server that runs: personas get their opinions through it, and it comes, fails and goes
without harm to the rest. One machine for all of these, in this order: each start of Langflow takes half a minute.
"""

from __future__ import annotations

import re

import pytest
from installed_suite import CHECKOUT, InstalledSuite, make
from langflow.stub_model import NAME, opinion_of, score_of
from langflow_machine import FROM_FOLDERS, install_langflow, keep_environment, machine_for_langflow, model_in, opinions
from machine_tree import differences, tree_of
from samples import DATA, all_personas
from service import wait_until

UNIT = "langflow.service"
INSTALLED = ("/opt/soniclayer", "/etc")
PERSONAS = {persona.name for persona in all_personas()}
EXPOSED_AT_MOST = 1.5
STARTED_S = 180.0

pytestmark = [pytest.mark.models, pytest.mark.slow]


@pytest.fixture(scope="module")
def machine(system_session, installed, system_cache):
    layers, _ = installed
    with machine_for_langflow(system_session / "langflow", layers, system_cache) as machine:
        yield machine


@pytest.fixture(scope="module")
def model(machine):
    with model_in(machine) as model:
        yield model


@pytest.fixture(scope="module")
def server(machine, installed, model, system_cache):
    """The suite, with Langflow, and what its installation said."""
    layers, key = installed
    said = install_langflow(machine, model)
    keep_environment(machine, layers, system_cache)
    return InstalledSuite(machine, key), said


@pytest.fixture(scope="module")
def suite(server):
    return server[0]


@pytest.fixture(scope="module")
def recording(suite):
    """One that has its opinions."""
    audio_id = suite.upload(DATA / "jfk.flac")
    suite.wait_ended([audio_id])
    return audio_id


def by_source(suite, audio_id):
    said = [one for _, one in opinions(suite, audio_id)]
    return {name: {one["persona"] for one in said if one["source"] == name} for name in ("langflow", "rules")}


def wait_started(suite, after):
    """Until another process than `after` has been found ready."""
    wait_until(
        lambda: suite.main_pid(UNIT) not in {0, after} and suite.fact(UNIT, "ActiveState") == "active",
        STARTED_S,
        suite.told,
    )


def append(suite, file, text):
    with suite.machine.path(f"{CHECKOUT}/{file}").open("a") as opened:
        opened.write(f"{text}\n")


def test_it_runs_under_both_names_and_starts_at_boot(suite):
    for name in (UNIT, "soniclayer-langflow.service"):
        assert suite.machine.output("systemctl", "is-active", name) == "active"
    assert suite.machine.output("systemctl", "is-enabled", UNIT) == "enabled"
    assert UNIT in suite.fact("soniclayer.target", "Wants")


def test_its_exposure_is_small_and_systemd_finds_no_fault_in_it(suite):
    told = suite.machine.output("systemd-analyze", "security", "--no-pager", UNIT)
    assert float(re.search(r"exposure level for \S+: ([0-9.]+)", told)[1]) <= EXPOSED_AT_MOST
    told = suite.machine.run("systemd-analyze", "verify", "--man=no", "--recursive-errors=one", UNIT, check=False)
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


def test_every_persona_has_its_opinion_of_what_was_uploaded_through_langflow(suite, recording):
    found = opinions(suite, recording)
    assert {said["persona"] for _, said in found} == PERSONAS
    for text, said in found:
        assert (said["source"], said["provisional"], said["origin"]["model"]) == ("langflow", False, NAME)
        assert (said["score"], said["opinion"]) == (score_of(text), opinion_of(text))


def test_it_listens_on_this_machine_alone_and_is_let_out_nowhere(suite):
    listening = suite.machine.output("ss", "-Hltn", "sport", "=", ":7860").splitlines()
    assert [line.split()[3] for line in listening] == ["127.0.0.1:7860"]
    assert set(suite.fact(UNIT, "IPAddressAllow").split()) == {"127.0.0.0/8", "::1/128"}
    assert set(suite.fact(UNIT, "IPAddressDeny").split()) == {"::/0", "0.0.0.0/0"}


def test_no_secret_is_in_an_environment_an_argument_a_unit_or_the_journal(suite, recording):
    secrets = [path.read_text().strip() for path in suite.machine.path("/opt/soniclayer/config/credentials").iterdir()]
    shown = suite.machine.output("sh", "-c", "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr '\\0' '\\n'")
    units = suite.machine.output("systemctl", "cat", UNIT)
    told = f"{shown}\n{units}\n{suite.journal()}"
    assert len([secret for secret in secrets if len(secret) > 8]) == 6
    assert not [secret for secret in secrets if len(secret) > 8 and secret in told]


def test_the_journal_has_no_banner_and_nothing_of_what_was_said(suite, recording):
    journal = suite.journal(f"--unit={UNIT}").lower()
    assert "started langflow" in journal
    assert "welcome" not in journal
    assert "your country" not in suite.journal().lower()


def test_soniclayer_check_finds_no_fault_in_it(suite):
    told = suite.machine.run("soniclayer", "check", "--only", "secrets", "--only", "units", check=False)
    assert told.returncode == 0, told.stdout
    told = suite.machine.output("soniclayer", "check", "--only", "langflow", "--only", "config.names")
    assert "it has those of all" in told
    assert "0 errors" in told


def test_plain_make_install_keeps_it_and_changes_nothing(suite):
    before, running = tree_of(suite.machine, *INSTALLED), suite.running()
    again = make(suite.machine, "install", *FROM_FOLDERS).stdout
    assert differences(before, tree_of(suite.machine, *INSTALLED)) == []
    assert suite.running() == running
    assert "nothing changed" in again


def test_killed_it_comes_back_by_itself_and_without_a_flow_that_somebody_has_broken(suite, recording):
    suite.machine.path("/opt/soniclayer/langflow/flows/soniclayer_parent.json").write_text('{"name": ')
    before = suite.main_pid(UNIT)
    suite.machine.run("kill", "-9", str(before))
    wait_started(suite, before)
    assert "soniclayer_parent.json is left out" in suite.journal(f"--unit={UNIT}")
    checked = suite.machine.run("soniclayer", "check", "--only", "langflow.flows", check=False)
    assert "it has no flow soniclayer_parent (parent)" in checked.stdout


def test_rules_stand_in_for_the_broken_flow_and_the_other_personas_are_asked_anew(suite, recording):
    assert suite.ask("POST", f"/re-evaluate/{recording}").status_code == 202
    wanted = {"langflow": PERSONAS - {"parent"}, "rules": {"parent"}}
    wait_until(lambda: by_source(suite, recording) == wanted, 120, suite.told)


@pytest.fixture(scope="module")
def upgraded(suite, recording):
    """From a checkout with another component; the flow that was broken is made again."""
    append(suite, "deploy/langflow/components/soniclayer/persona.py", "# newer")
    return make(suite.machine, "install", *FROM_FOLDERS).stdout


def test_an_upgrade_brings_component_and_flows_and_starts_it_anew(suite, recording, upgraded):
    assert "systemctl restart langflow.service" in upgraded
    component = suite.machine.path("/opt/soniclayer/langflow/components/soniclayer/persona.py")
    assert component.read_text().endswith("# newer\n")
    wait_until(lambda: by_source(suite, recording)["langflow"] == PERSONAS, 240, suite.told)
    assert suite.machine.output("systemctl", "is-system-running") == "running"


def test_an_upgrade_whose_langflow_is_not_well_is_taken_back(suite, upgraded):
    before = suite.machine.path("/opt/soniclayer/current").readlink()
    append(suite, "deploy/langflow/start.py", "raise RuntimeError('broken on purpose')")
    suite.machine.run("sed", "-i", "s/^    main()/    pass/", f"{CHECKOUT}/deploy/langflow/start.py")
    failed = make(suite.machine, "install", *FROM_FOLDERS, check=False)
    assert failed.returncode != 0
    assert "broken on purpose" in failed.stderr
    assert f"{before.name} runs as before" in failed.stderr
    assert suite.machine.path("/opt/soniclayer/current").readlink() == before
    assert suite.machine.output("systemctl", "is-system-running") == "running"


def test_on_a_port_that_is_taken_it_says_so_and_never_moves_to_another(suite):
    suite.systemctl("stop", UNIT)
    taken = ("systemd-run", "--unit=taken", "python3", "-m", "http.server", "7860", "--bind", "127.0.0.1")
    suite.machine.run(*taken)
    suite.machine.run("sh", "-c", "until ss -Hltn sport = :7860 | grep -q .; do sleep 0.05; done")
    assert suite.machine.run("systemctl", "start", UNIT, check=False).returncode != 0
    assert "port 7860 cannot be had: Address already in use" in suite.journal(f"--unit={UNIT}")
    assert suite.machine.run("ss", "-Hltn", "sport", "=", ":7861").stdout == ""
    suite.systemctl("stop", UNIT, "taken")


def test_uninstall_takes_it_away_and_leaves_its_settings_and_secrets(suite):
    make(suite.machine, "uninstall")
    assert suite.machine.run("systemctl", "cat", UNIT, check=False).returncode != 0
    assert not suite.machine.path("/opt/soniclayer/langflow").exists()
    assert suite.machine.run("pgrep", "--euid", "soniclayer-langflow", check=False).stdout == ""
    config = suite.machine.path("/opt/soniclayer/config")
    assert (config / "langflow.env").read_text().startswith("SONICLAYER_LLM_BASE_URL=")
    assert (config / "credentials/langflow_secret_key").read_text()
    assert "langflow yes" in (config / "installer/choices").read_text()


def test_purge_takes_all_of_it(suite):
    make(suite.machine, "purge", "--yes")
    places = tree_of(suite.machine, "/etc", "/opt", "/var/lib", "/run")
    assert [path for path in places if "langflow" in path] == []
    assert "soniclayer" not in suite.machine.output("cat", "/etc/passwd", "/etc/group")
    assert suite.machine.output("systemctl", "is-system-running") == "running"
