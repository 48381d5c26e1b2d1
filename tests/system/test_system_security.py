"""What secrets, other users and planted code get of an installed suite. test_system_access.py: modes and sockets."""

from __future__ import annotations

import re
import subprocess
import threading
from pathlib import Path

import pytest
from installed_suite import CHECKOUT, KEY, SONICLAYER
from planted_exploit import ATTEMPTS, ELSEWHERE, TRIGGER
from samples import DATA
from service import wait_until

ROOT = "/opt/soniclayer"
INCOMING = f"{ROOT}/uploads/.incoming"
SERVICES = ("soniclayer-backend.service", "soniclayer-worker@1.service")
PLANTED = {
    "engines/container.py": "av.open = planted_exploit.in_decoder(av.open)",
    "web/sniff.py": "refuse_what_is_no_audio = planted_exploit.in_intake(refuse_what_is_no_audio)",
}
SERVER = f"""
import socket
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    server = socket.socket(socket.AF_INET, kind)
    server.bind({ELSEWHERE!r})
    kept = [*globals().get("kept", ()), server]
server = kept[0]
server.listen()
while True:
    server.accept()
"""
WATCH = """
import glob, sys, time
seen = set()
while True:
    for path in glob.glob("/proc/[0-9]*/cmdline") + glob.glob("/proc/[0-9]*/environ"):
        try:
            found = open(path, "rb").read().replace(b"\\0", b" ")
        except OSError:
            continue
        if found not in seen:
            seen.add(found)
            sys.stdout.buffer.write(found + b"\\n")
            sys.stdout.flush()
    time.sleep(0.005)
"""
FOR_ANYBODY = {"/health/live", "/health/ready", "/segments/health", "/metrics"}

EXPLOITED_DECODER = {
    "reads recordings of others",
    "writes among the uploads under way",
    "writes the learned labels",
    "writes code into memory and could run it",
}
"""All that code in the engine child gets; docs/security.md tells what that means."""

EXPLOITED_BACKEND = {
    "reads recordings of others",
    "reads the keys' hashes",
    "reads the settings",
    "reads its own credentials",
    "writes into a recording of others",
    "empties a recording of others",
    "deletes a recording of others",
    "locks others out of a recording",
    "makes up a recording",
    "writes among the uploads under way",
    "writes metrics",
    "writes to its own /tmp",
    "opens a socket",
    "reaches the backend on the loopback",
    "reads what Redis holds",
    "could wipe Redis",
    "starts a program",
    "starts a process that outlives it",
    "reads the memory of its parent",
    "changes its parent's limits",
    "talks to the system bus",
    "ends its parent",
    "ends other services of ours",
}
"""All that code in the backend gets."""


@pytest.fixture(scope="module")
def machine(suite):
    """With a recording in it, and another user, who has a secret as root has."""
    suite.wait_ended([suite.upload(DATA / "jfk.flac")])
    suite.machine.run("useradd", "--create-home", "visitor")
    for place in ("/home/visitor/secret", "/root/secret", "/tmp/secret", "/var/tmp/secret"):  # noqa: S108 - its own
        suite.machine.path(place).write_text("secret")
    return suite.machine


@pytest.fixture(scope="module")
def secrets(suite, machine):
    """Everything that nobody may see: credentials, and a key."""
    found = {path.read_text().strip() for path in machine.path(f"{ROOT}/config/credentials").iterdir()}
    return {secret for text in found for secret in text.split("\n") if len(secret) > 8} | {suite.key}


@pytest.fixture(scope="module")
def elsewhere(machine):
    """A server on this machine that has an address of the world."""
    machine.run("ip", "address", "add", f"{ELSEWHERE[0]}/24", "dev", "lo")
    machine.run("systemd-run", "--quiet", "--collect", "--unit=elsewhere", "python3", "-c", SERVER)
    wait_until(lambda: _connects(machine), 30)


def _connects(machine):
    ask = f"import socket; socket.create_connection({ELSEWHERE!r}, 3)"
    return machine.run("python3", "-c", ask, check=False).returncode == 0


@pytest.fixture(scope="module")
def exploited(suite, machine, elsewhere):
    """What planted code has done: (in the decoder, in the backend)."""
    package = machine.output("sh", "-c", f"echo {ROOT}/current/venv/lib/python3*/site-packages")
    machine.copy_in(Path(__file__).with_name("planted_exploit.py"), f"{package}/planted_exploit.py")
    for module, line in PLANTED.items():
        with machine.path(f"{package}/soniclayer/{module}").open("a") as file:
            file.write(f"\nimport planted_exploit\n{line}\n")
    suite.systemctl("restart", "soniclayer.target")
    machine.path("/root/hostile.flac").write_bytes((DATA / "jfk.flac").read_bytes() + TRIGGER)
    body = machine.path("/root/hostile.wav")
    body.write_bytes(b"RIFF\x24\x00\x00\x00WAVE" + TRIGGER)
    suite.upload(machine.path("/root/hostile.flac"))
    with body.open("rb") as file:
        suite.ask("POST", "/evaluate/", files={"file": file})
    reports = [machine.path(f"{INCOMING}/attack-{name}") for name in ("decoder", "backend")]
    wait_until(lambda: all(report.exists() for report in reports), 180, suite.told)
    return [set(report.read_text().splitlines()) for report in reports]


def test_no_secret_is_in_the_journal_or_in_a_log(suite, machine, secrets):
    said = suite.journal("--output=json", "--all") + machine.output(
        "sh", "-c", "cat /var/log/nginx/* 2>/dev/null; true"
    )
    assert len(said) > 10_000
    assert [secret for secret in secrets if secret in said] == []


def test_no_secret_is_in_tmp_in_metrics_or_in_an_error_page(suite, machine, secrets):
    places = ("/tmp", "/var/tmp", "/dev/shm", "/run/soniclayer")  # noqa: S108 - of the machine
    said = machine.output("sh", "-c", f"find {' '.join(places)} -type f -size -1M -exec cat {{}} + | tr -d '\\0'")
    asked = [
        ("GET", "/metrics"),
        ("GET", "/recordings/x"),
        ("POST", "/evaluate/"),
        ("GET", "/%00"),
        ("PUT", "/nothing"),
    ]
    said += "".join(suite.ask(*question).text for question in asked)
    said += "".join(suite.ask_nginx(*question).text for question in (("GET", "/api/metrics"), ("GET", "/nothing")))
    assert "soniclayer_" in said
    assert [secret for secret in secrets if secret in said] == []


def test_no_secret_shows_in_the_process_list_while_commands_handle_it(machine, secrets):
    with machine.start("python3", "-c", WATCH, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as watch:
        shown = [watch.stdout.readline()]  # it looks from now on
        reader = threading.Thread(target=lambda: shown.extend(watch.stdout))
        reader.start()
        made = machine.output(SONICLAYER, "keys", "add", "watched", "--scope=read")
        machine.run(SONICLAYER, "backup", check=False, timeout=300)
        machine.run("make", "--directory", CHECKOUT, "install", "INSTALL=--dry-run", check=False, timeout=300)
        watch.kill()
        reader.join()
    told = "".join(shown)
    for command in ("keys add", "soniclayer backup", "install.sh"):
        assert command in told
    assert [secret for secret in {*secrets, KEY.search(made)[0]} if secret in told] == []


def test_another_user_cannot_signal_a_service_or_look_into_it(suite, machine):
    for unit in SERVICES:
        pid = str(suite.main_pid(unit))
        for command in (("kill", "-0", pid), ("cat", f"/proc/{pid}/environ"), ("ls", f"/proc/{pid}/fd")):
            assert machine.run("runuser", "-u", "visitor", "--", *command, check=False).returncode != 0


def test_another_user_can_neither_stop_nor_change_a_service(suite, machine):
    running = suite.running()
    for words in (("stop", SERVICES[0]), ("edit", "--full", SERVICES[0]), ("set-property", SERVICES[0], "CPUQuota=1%")):
        done = machine.run("runuser", "-u", "visitor", "--", "systemctl", "--no-ask-password", *words, check=False)
        assert done.returncode != 0, words
    assert suite.running() == running


def test_another_user_without_a_key_gets_nothing_of_recordings_from_the_loopback(suite, machine):
    described = suite.ask("GET", "/openapi.json").json()["paths"]
    paths = {re.sub(r"\{.*?\}", "0" * 64, path) for path, operations in described.items() if "get" in operations}
    answers = {path: _asked_by_visitor(machine, path) for path in {*paths, *FOR_ANYBODY, "/openapi.json", "/docs"}}
    assert len(answers) > 12
    assert {path for path, status in answers.items() if status == "200"} == FOR_ANYBODY
    assert {status for path, status in answers.items() if path not in FOR_ANYBODY} == {"401"}


def _asked_by_visitor(machine, path):
    asked = ("curl", "--silent", "--max-time", "20", "--output", "/dev/null", "--write-out", "%{http_code}")
    return machine.run("runuser", "-u", "visitor", "--", *asked, f"http://127.0.0.1:8000{path}").stdout


def test_who_asks_on_the_loopback_cannot_pass_for_the_proxy(suite, machine):
    claimed = ("--header", "X-Forwarded-For: 198.51.100.9", "--header", "X-Forwarded-Prefix: /evil")
    asked = ("curl", "--silent", *claimed, "http://127.0.0.1:8000/recordings/x")
    machine.run("runuser", "-u", "visitor", "--", *asked)
    assert "198.51.100.9" not in suite.journal("--unit=soniclayer-backend")


def test_a_service_that_crashes_leaves_no_core_dump(suite, machine):
    for unit in SERVICES:
        pid = suite.main_pid(unit)
        limits = machine.path(f"/proc/{pid}/limits").read_text()
        assert re.search(r"Max core file size +0 +0 ", limits)
        machine.run("kill", "-SEGV", str(pid))
        wait_until(lambda pid=pid, unit=unit: suite.main_pid(unit) != pid, 60, suite.told)
    named = ("(", "-name", "core", "-o", "-name", "core.*", ")")
    found = ("find", "/", "-ignore_readdir_race", "-xdev", "-type", "f", *named)  # what goes meanwhile is no fault
    assert machine.output(*found, "-size", "+100k", "-newer", "/root/secret") == ""


def test_the_planted_exploit_tries_what_it_says(exploited):
    assert len(ATTEMPTS) > 50
    assert all(told <= set(ATTEMPTS) for told in exploited)


def test_code_planted_in_the_decoder_gets_what_the_threat_model_says_and_no_more(exploited):
    decoder, _ = exploited
    assert decoder == EXPLOITED_DECODER


def test_code_planted_in_the_backend_gets_what_the_threat_model_says_and_no_more(exploited):
    _, backend = exploited
    assert backend == EXPLOITED_BACKEND


def test_the_suite_goes_on_after_an_exploit(suite, exploited):
    assert suite.ask("GET", "/health/ready").status_code == 200
