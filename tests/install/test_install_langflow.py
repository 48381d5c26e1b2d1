"""`--with-langflow`: what it lays out, what it remembers, and what goes and stays without it."""

from __future__ import annotations

import base64

import pytest
from staged_install import REPO, call, mode

WITH, WITHOUT = "--with-langflow", "--without-langflow"
PERSONAS = {path.stem for path in (REPO / "config/personas").glob("*.yaml")}
UNIT = "etc/systemd/system/langflow.service"

MODES = {
    "opt/soniclayer/config/langflow.env": "0640",
    "opt/soniclayer/config/credentials/langflow_api_key": "0600",
    "opt/soniclayer/config/credentials/langflow_password": "0600",
    "opt/soniclayer/config/credentials/langflow_secret_key": "0600",
    "opt/soniclayer/config/credentials/llm_api_key": "0600",
    "opt/soniclayer/langflow": "0755",
    "opt/soniclayer/langflow/start.py": "0644",
    "opt/soniclayer/langflow/ready.py": "0644",
    "opt/soniclayer/langflow/headless.env": "0644",
    "opt/soniclayer/langflow/components/soniclayer/persona.py": "0644",
    "opt/soniclayer/langflow/flows/soniclayer_parent.json": "0644",
    UNIT: "0644",
}


@pytest.fixture
def langflow(stage):
    """The environment that release 1.0 needs, built; nothing is settled yet."""
    return stage.langflow("1.0")


def flows(stage):
    return {path.stem.removeprefix("soniclayer_") for path in (stage.root / "langflow/flows").iterdir()}


def say(stage, file, line):
    with (stage.config / file).open("a") as env:
        env.write(f"{line}\n")


def test_without_the_option_nothing_of_it_is_there(stage):
    stage.settled("1.0")
    assert not [path for path in stage.everything() if "langflow" in path.rpartition("/releases/1.0/")[0]]
    assert not (stage.folder / UNIT).exists()
    assert (stage.config / "credentials/langflow_api_key").read_text() == ""


def test_everything_lies_at_its_place(stage, langflow):
    stage.settled("1.0", WITH)
    assert {name: mode(stage.folder / name) for name in MODES} == MODES
    assert str((stage.root / "langflow/current").readlink()) == langflow.name
    wants = stage.folder / "etc/systemd/system/soniclayer.target.wants/langflow.service"
    alias = stage.folder / "etc/systemd/system/soniclayer-langflow.service"
    assert str(wants.readlink()) == str(alias.readlink()) == "/etc/systemd/system/langflow.service"


def test_there_is_a_flow_for_every_persona(stage, langflow):
    stage.settled("1.0", WITH)
    assert flows(stage) == PERSONAS
    (stage.config / "personas/parent.yaml").rename(stage.config / "personas/night_owl.yaml")
    stage.settled("1.0")
    assert flows(stage) == PERSONAS - {"parent"} | {"night_owl"}


def test_a_flow_that_somebody_has_broken_is_made_anew(stage, langflow):
    stage.settled("1.0", WITH)
    broken = stage.root / "langflow/flows/soniclayer_parent.json"
    whole = broken.read_text()
    broken.write_text("{")
    stage.settled("1.0")
    assert broken.read_text() == whole


def test_personas_that_are_wrong_leave_the_flows_as_they_are_and_are_told(stage, langflow):
    stage.settled("1.0", WITH)
    (stage.config / "personas/parent.yaml").unlink()
    done = stage.settle("1.0", BROKEN_PERSONA="no such field")
    assert done.returncode == 0, done.stderr
    assert "the flows stay as they are: soniclayer: parent.yaml:3: no such field" in done.stdout
    assert flows(stage) == PERSONAS


def test_a_second_run_without_the_option_keeps_it_and_changes_nothing(stage, langflow):
    stage.settled("1.0", WITH)
    before = stage.everything()
    again = stage.settled("1.0")
    assert "nothing changed" in again
    assert "+ " not in again
    assert stage.everything() == before


def test_a_dry_run_prints_what_the_run_then_does(stage):
    def commands(output):
        ours = [line for line in output.splitlines() if "langflow" in line and not line.startswith("+ ch")]
        return [line for line in ours if "soniclayer-install" not in line]

    stage.settled("1.0")  # without personas there, a dry run knows of no flow
    stage.langflow("1.0")
    dry, real = commands(stage.settled("1.0", WITH, "--dry-run")), commands(stage.settled("1.0", WITH))
    assert len(dry) > 20
    assert dry == real


def test_secrets_are_random_kept_and_not_shown_and_that_of_fernet_is_one(stage, langflow):
    told = stage.settled("1.0", WITH)
    names = ("langflow_api_key", "langflow_password", "langflow_secret_key")
    secrets = {name: (stage.config / "credentials" / name).read_text() for name in names}
    assert len(set(secrets.values())) == 3
    assert not [secret for secret in secrets.values() if secret.strip() in told]
    assert len(base64.urlsafe_b64decode(secrets["langflow_secret_key"])) == 32
    stage.settled("1.0")
    assert secrets == {name: (stage.config / "credentials" / name).read_text() for name in names}


def test_an_edited_langflow_env_stays_and_the_new_default_lies_beside_it(stage, langflow):
    stage.settled("1.0", WITH)
    say(stage, "langflow.env", "SONICLAYER_LLM_MODEL=mine")
    stage.release("1.1")
    with (stage.root / "releases/1.1/deploy/config/langflow.env").open("a") as default:
        default.write("# newer\n")
    stage.settled("1.1")
    assert (stage.config / "langflow.env").read_text().endswith("MODEL=mine\n")
    assert (stage.config / "langflow.env.new").read_text().endswith("# newer\n")


def test_langflow_alone_is_let_out_to_a_model_elsewhere(stage, langflow):
    stage.settled("1.0", WITH)
    network = stage.folder / f"{UNIT}.d/50-soniclayer-network.conf"
    assert not network.exists()
    say(stage, "langflow.env", "SONICLAYER_LLM_BASE_URL=https://192.0.2.9/v1")
    stage.settled("1.0")
    assert "IPAddressAllow=192.0.2.9\n" in network.read_text()
    assert not (stage.folder / "etc/systemd/system/soniclayer-worker@.service.d").exists()


def test_it_says_so_when_workers_ask_a_langflow_elsewhere(stage, langflow):
    assert "whom workers ask" not in stage.settled("1.0", WITH)
    say(stage, "worker.env", "LANGFLOW_BASE_URL=http://127.0.0.1:7860")
    assert "whom workers ask" not in stage.settled("1.0")
    say(stage, "worker.env", "LANGFLOW_BASE_URL=http://192.0.2.8:7860")
    assert "LANGFLOW_BASE_URL=http://192.0.2.8:7860: that is whom workers ask" in stage.settled("1.0")


def test_it_says_so_when_workers_would_ask_on_a_port_where_langflow_is_not(stage, langflow):
    stage.settled("1.0", WITH)
    say(stage, "langflow.env", "LANGFLOW_PORT=7861")
    assert "worker.env has to say LANGFLOW_BASE_URL=http://127.0.0.1:7861" in stage.settled("1.0")
    say(stage, "worker.env", "LANGFLOW_BASE_URL=http://127.0.0.1:7861")
    assert "nothing changed" in (told := stage.settled("1.0"))
    assert "LANGFLOW_BASE_URL" not in told


def test_taken_off_again_it_leaves_settings_and_secrets_alone(stage, langflow):
    stage.settled("1.0", WITH)
    key = (stage.config / "credentials/langflow_api_key").read_text()
    stage.settled("1.0", WITHOUT)
    left = [path for path in stage.everything() if "langflow" in path.rpartition("/releases/1.0/")[0]]
    assert left == []
    units = (stage.folder / "etc/systemd/system").rglob("*langflow*")
    assert list(units) == []
    assert (stage.config / "langflow.env").exists()
    assert (stage.config / "credentials/langflow_api_key").read_text() == key
    assert "nothing changed" in stage.settled("1.0")


def test_environments_that_no_release_needs_any_more_go(stage, langflow):
    stage.settled("1.0", WITH)
    for version in ("1.1", "1.2", "1.3"):
        release = stage.release(version)
        with (release / "requirements/langflow.txt").open("a") as lock:
            lock.write(f"# of {version}\n")
        stage.langflow(version)
        stage.settled(version)
    assert not langflow.exists()
    environments = [path for path in (stage.root / "langflow").iterdir() if (path / "bin").exists()]
    assert len(environments) == 3 + 1  # and `current`
    assert (stage.root / "langflow/current/bin/python").exists()


def test_a_langflow_service_of_somebody_else_is_not_taken_over(stage):
    unit = stage.folder / UNIT
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\nExecStart=/srv/langflow/run\n")
    refused = call(REPO / "install.sh", WITH, "--root", stage.folder)
    assert refused.returncode == 1
    assert "there is a langflow.service that is not ours: use it (LANGFLOW_BASE_URL in worker.env" in refused.stderr
