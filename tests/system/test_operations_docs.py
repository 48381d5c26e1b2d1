"""Every command of docs/operations.md that the page does not excuse, typed in its order on an installed machine."""

from __future__ import annotations

import re
import subprocess

import pytest
from installed_suite import CHECKOUT, INSTALL_S
from operations_page import PAGE, commands
from samples import DATA

DOMAIN = "radio.example.org"
EXPORTS = "/root/exports"

CERTIFICATE = (
    *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "9"),
    *("-subj", f"/CN={DOMAIN}", "-keyout", f"{CHECKOUT}/privkey.pem", "-out", f"{CHECKOUT}/fullchain.pem"),
)


@pytest.fixture(scope="module")
def server(suite):
    """What the page takes for granted: a recording, a certificate, a name that leads here."""
    suite.machine.copy_in(DATA / "jfk.flac", f"{CHECKOUT}/interview.mp3")
    suite.machine.run(*CERTIFICATE)
    with suite.machine.path("/etc/hosts").open("a") as hosts:
        hosts.write(f"127.0.0.1 {DOMAIN}\n")
    suite.machine.run("sh", "-c", f": >{EXPORTS}")
    return suite


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_command_of_the_operations_page_works_in_its_order(server):
    for command in commands():
        if command.is_endless:
            watch(server, command)
        elif command.is_run:
            enter(server, command)
    assert not server.machine.path("/opt/soniclayer").exists()


def enter(server, command):
    """As in one shell: what a command exports is there for the next. Root needs no sudo."""
    line = f"cd {CHECKOUT}; . {EXPORTS}; {as_root(command.line)}; export -p >{EXPORTS}"
    done = server.machine.run("bash", "-euo", "pipefail", "-c", line, check=False, timeout=INSTALL_S)
    told = f"{PAGE.name}: $ {command.line}\n{done.returncode}\n{done.stdout}\n{done.stderr}"
    assert done.returncode in command.exit_codes, f"{told}\n{server.told()}"


def watch(server, command):
    """One that goes on for ever says something, and ends when it is told to."""
    with server.machine.start(*as_root(command.line).split(), stdout=subprocess.PIPE) as running:
        try:
            assert running.stdout.readline(), command.line
        finally:
            running.terminate()


def as_root(line):
    return re.sub(r"\bsudo ", "", line)
