"""Unit files as promised: known to old systemds, explained, without secrets, and in step with the code they start."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from soniclayer.main import COMMANDS, build_parser
from soniclayer.settings import Settings
from soniclayer.web.gunicorn_app import HUNG_S
from soniclayer.web.gunicorn_worker import DRAIN_S
from soniclayer.worker import drain, process

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "deploy/systemd"
KINDS = {".service", ".socket", ".target", ".slice", ".timer"}
UNITS = sorted(path for path in FOLDER.iterdir() if path.suffix in KINDS)
DROP_INS = [FOLDER / "redis-server@soniclayer.conf", FOLDER / "gpu.conf.example"]
SERVICES = [path for path in UNITS if path.suffix == ".service"]
EVERYTHING = sorted(path for path in FOLDER.iterdir() if path.is_file())

_IN_249 = """
AccuracySec After Alias AmbientCapabilities Backlog Before CPUWeight CacheDirectory CacheDirectoryMode
CapabilityBoundingSet ConditionPathExists DefaultInstance Description DeviceAllow DevicePolicy DirectoryMode
Documentation Environment EnvironmentFile ExecCondition ExecReload ExecStart ExecStartPost Group IOSchedulingClass
IOWeight IPAddressAllow IPAddressDeny InaccessiblePaths KeyringMode KillMode LimitCORE LimitMEMLOCK LimitNOFILE
ListenStream LoadCredential LockPersonality MemoryAccounting MemoryDenyWriteExecute MemoryHigh MemoryMax Nice
NoExecPaths NoNewPrivileges NotifyAccess OOMPolicy OnActiveSec OnCalendar OnFailure PartOf Persistent PrivateDevices
PrivateIPC PrivateMounts PrivateNetwork PrivateTmp PrivateUsers ProcSubset ProtectClock ProtectControlGroups
ProtectHome ProtectHostname ProtectKernelLogs ProtectKernelModules ProtectKernelTunables ProtectProc ProtectSystem
RandomizedDelaySec ReadOnlyPaths ReadWritePaths RemainAfterElapse RemoveIPC RemoveOnStop Requires RequiresMountsFor
Restart RestartPreventExitStatus RestartSec RestrictAddressFamilies RestrictNamespaces RestrictRealtime
RestrictSUIDSGID RuntimeDirectory RuntimeDirectoryMode SetCredential Slice SocketGroup SocketMode SocketUser
StartLimitBurst StartLimitIntervalSec StateDirectory StateDirectoryMode StopPropagatedFrom StopWhenUnneeded
SupplementaryGroups SyslogIdentifier SystemCallArchitectures SystemCallErrorNumber SystemCallFilter TasksAccounting
TasksMax TimeoutAbortSec TimeoutStartSec TimeoutStopSec Type UMask User WantedBy Wants WatchdogSec WorkingDirectory
"""
IN_249 = set(_IN_249.split())
"""Directives that systemd 249 (Ubuntu 22.04) knows, of those used: systemd.directives(7) names the page of each, and a
page of a later systemd says which version brought it. Look a new one up before it goes in here."""

LANGFLOW_SECRETS = ("langflow_secret_key", "langflow_password", "llm_api_key")
LANGFLOW_PYTHON = "/opt/soniclayer/langflow/current/bin/python"

SPAN_S = {"": 1, "s": 1, "min": 60, "h": 3600}
MARGIN_BYTES = 2**29
"""What the worker itself takes beside its engine child, and some cache: 60 MB where measured."""


def directives(path):
    """Every line that sets something: name -> values, in order."""
    found = defaultdict(list)
    for line in path.read_text().splitlines():
        if match := re.fullmatch(r"([A-Za-z]+)=(.*)", line):
            found[match[1]].append(match[2])
    return found


def unit(name):
    return directives(FOLDER / name)


def seconds(text):
    number, word = re.fullmatch(r"(\d+)(\w*)", text).groups()
    return int(number) * SPAN_S[word]


def size(text):
    number, word = re.fullmatch(r"(\d+)([MG])", text).groups()
    return int(number) * {"M": 2**20, "G": 2**30}[word]


@pytest.mark.parametrize("path", [*UNITS, *DROP_INS], ids=lambda path: path.name)
def test_every_directive_is_known_to_systemd_249(path):
    assert set(directives(path)) - IN_249 == set()


@pytest.mark.parametrize("path", EVERYTHING, ids=lambda path: path.name)
def test_every_file_says_at_its_top_what_it_is_for(path):
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#!")]
    assert re.match(r"# \w.{30}", lines[0])


@pytest.mark.parametrize("path", [*UNITS, *DROP_INS, FOLDER / "journald.conf"], ids=lambda path: path.name)
def test_every_block_of_directives_says_what_it_is_for(path):
    text = re.sub(r"^\[\w+\]\n", "", path.read_text(), flags=re.MULTILINE)
    blocks = [block for block in text.split("\n\n") if re.search("^[A-Z][A-Za-z]+=", block, re.MULTILINE)]
    plain = {"Description", "Documentation", "WantedBy", "DefaultInstance", "Before"}
    bare = [block for block in blocks if not block.lstrip().startswith("#")]
    assert [block for block in bare if set(re.findall("^([A-Za-z]+)=", block, re.MULTILINE)) - plain] == []


@pytest.mark.parametrize("path", EVERYTHING, ids=lambda path: path.name)
def test_no_file_holds_a_secret_or_a_place_for_one_that_others_can_read(path):
    text = path.read_text()
    words = re.findall(r"(?im)^[^#\n]*(?:password|secret|api_key|session_key|requirepass).*$", text)
    fine = r"(LoadCredential=(\w+):/opt/soniclayer/config/credentials/\2|SetCredential=\w+:\\n|requirepass @\w+@)"
    assert [line for line in words if not re.fullmatch(fine, line)] == []


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_every_program_that_is_started_is_one_that_exists(path):
    found = directives(path)
    for line in [*found["ExecStart"], *found["ExecStartPost"], *found["ExecCondition"]]:
        program, *words = shlex.split(line.removeprefix("!").replace("%H-%i", "host-1").replace("%i", "1"))
        if program == "/opt/soniclayer/current/venv/bin/soniclayer":
            assert words[0] in COMMANDS
            build_parser().parse_args(words)
        elif program == LANGFLOW_PYTHON:
            isolated, script = words
            assert isolated == "-I"
            assert (ROOT / "deploy/langflow" / script.removeprefix("/opt/soniclayer/langflow/")).is_file()
        else:
            inside = program.removeprefix("/opt/soniclayer/current/")
            assert program == "/bin/systemctl" or (ROOT / inside).stat().st_mode & 0o111


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_every_service_restarts_for_ever_or_says_why_not(path):
    found = directives(path)
    if found["Type"] == ["oneshot"]:
        assert found["Restart"] == ["no"]
        assert "# Not restarted when it fails: " in path.read_text()
    else:
        assert found["Restart"] == ["always"]
        assert found["RestartSec"] == ["10"] or "not after 10 as others do" in path.read_text()


@pytest.mark.parametrize("name", ["soniclayer-backend.service", "soniclayer-worker@.service"])
def test_a_service_that_keeps_failing_meets_its_start_limit_and_is_told_of(name):
    found = unit(name)
    burst, interval_s = int(found["StartLimitBurst"][0]), seconds(found["StartLimitIntervalSec"][0])
    assert burst * (seconds(found["RestartSec"][0]) + 3) < interval_s
    assert found["OnFailure"] == ["soniclayer-failure@%n.service"]
    assert seconds(unit("soniclayer-again@.timer")["OnActiveSec"][0]) > interval_s


def test_a_langflow_that_never_gets_ready_meets_its_start_limit_and_is_told_of():
    found = unit("langflow.service")
    burst, interval_s = int(found["StartLimitBurst"][0]), seconds(found["StartLimitIntervalSec"][0])
    assert burst * (seconds(found["TimeoutStartSec"][0]) + seconds(found["RestartSec"][0])) < interval_s
    assert found["OnFailure"] == ["soniclayer-failure@%n.service"]


def test_langflow_is_enabled_by_its_own_name_and_by_that_of_the_suite():
    found = unit("langflow.service")
    assert found["WantedBy"] == found["PartOf"] == ["soniclayer.target"]
    assert found["Alias"] == ["soniclayer-langflow.service"]


def test_no_setting_of_langflow_is_a_secret_or_opens_it_to_other_machines():
    text = (ROOT / "deploy/langflow/headless.env").read_text() + (ROOT / "deploy/config/langflow.env").read_text()
    said = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", text, re.MULTILINE))
    assert not [name for name in said if re.search("(PASSWORD|SECRET_KEY|API_KEY)$", name)]
    assert said["LANGFLOW_HOST"] == "127.0.0.1"
    assert said["LANGFLOW_AUTO_LOGIN"] == said["LANGFLOW_ALLOW_CUSTOM_COMPONENTS"] == "false"


def test_a_worker_has_time_to_end_its_step_and_more(monkeypatch):
    monkeypatch.delenv("SONICLAYER_WORKER_GRACE_S", raising=False)
    grace_s = Settings().worker_grace_s
    stop_s = seconds(unit("soniclayer-worker@.service")["TimeoutStopSec"][0])
    assert stop_s >= grace_s + 20
    assert stop_s > grace_s + drain.GIVING_BACK_S + drain.THREADS_MS / 1000
    assert (
        seconds(unit("soniclayer-worker@.service")["TimeoutStartSec"][0])
        > process.REDIS_WAIT_S + process.EXTEND_EVERY_S
    )


def test_the_backend_has_time_to_answer_what_it_is_asked():
    assert seconds(unit("soniclayer-backend.service")["TimeoutStopSec"][0]) >= DRAIN_S + 10
    assert seconds(unit("soniclayer-backend.service")["WatchdogSec"][0]) >= 2 * HUNG_S


def test_the_worker_ends_its_engine_for_memory_before_the_kernel_has_to(monkeypatch):
    monkeypatch.delenv("SONICLAYER_ENGINE_MAX_MEMORY_BYTES", raising=False)
    assert size(unit("soniclayer-worker@.service")["MemoryMax"][0]) >= Settings().engine_max_memory_bytes + MARGIN_BYTES


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_credentials_that_are_missing_do_not_keep_a_service_down(path):
    loaded = [value.partition(":")[0] for value in directives(path)["LoadCredential"]]
    assert loaded == [value.partition(":")[0] for value in directives(path)["SetCredential"]]
    assert set(loaded) <= {*Settings.model_fields, *LANGFLOW_SECRETS}


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_nothing_requires_redis(path):
    assert not [value for value in directives(path)["Requires"] if "redis" in value]


def test_services_that_talk_to_redis_start_after_it():
    for name in ("soniclayer-backend.service", "soniclayer-worker@.service"):
        assert any("redis-server@soniclayer.service" in value for value in unit(name)["Wants"])
        assert any("redis-server@soniclayer.service" in value for value in unit(name)["After"])
        assert unit(name)["PartOf"] == ["soniclayer.target"]


def test_the_kernel_may_not_be_asked_to_write_code_where_only_whisper_needs_it():
    assert {path.name for path in SERVICES if directives(path)["MemoryDenyWriteExecute"] != ["yes"]} == {
        "soniclayer-worker@.service"
    }


def test_redis_of_the_template_is_configured_as_promised():
    words = dict(re.findall(r"^([a-z-]+) (.+)$", (FOLDER / "redis-soniclayer.conf").read_text(), re.MULTILINE))
    wanted = {"port": "0", "appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}
    assert words.items() >= {**wanted, "tcp-keepalive": "300", "maxmemory": "@MAXMEMORY@"}.items()
    assert f"unix://{words['unixsocket']}" == Settings.model_fields["redis_url"].default


def test_systemd_itself_finds_no_fault_and_little_exposure():
    checked = subprocess.run([ROOT / "tests/verify_units.sh"], capture_output=True, text=True, check=False, timeout=60)
    assert (checked.returncode, checked.stderr) == (0, "")
